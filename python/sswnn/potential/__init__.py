"""The potential as users meet it: model files, the ASE calculator, the shipped models. Never imports torch."""
