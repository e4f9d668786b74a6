"""How well a pack tells people apart: error rates, minting, calibration, and the page that shows them.

Sits above the stages: it measures with their own code. Imports everything but footfall.
"""
