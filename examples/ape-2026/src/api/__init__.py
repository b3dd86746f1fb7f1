"""APE 2026's API: the sample service that Slipway delivers."""
