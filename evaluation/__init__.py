"""How well a pack tells people apart: error rates, minting, calibration and their page; and who is on which picture.

Sits above the stages: it measures with their own code. Imports everything but footfall.
"""
