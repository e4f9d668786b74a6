"""How well a pack tells people apart: error rates, minting, calibration, a page; and who is on whose pictures.

Sits above the stages: it measures with their own code. Imports everything but footfall.
"""
