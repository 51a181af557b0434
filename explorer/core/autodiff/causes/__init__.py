"""Why a value or a gradient is 0, missing, NaN or infinite: found as data, then put into words."""
