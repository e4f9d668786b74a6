"""How well a pack tells people apart: error rates, minting, calibration, the page that shows them; and who is on pictures.

Sits above the stages: it measures with their own code. Imports everything but footfall.
"""
