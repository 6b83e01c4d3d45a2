"""Training of a potential from labelled frames: data, loss, schedule, checkpoints, calibration, export."""
