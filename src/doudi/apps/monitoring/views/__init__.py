"""Pages of monitoring. The page of one alert belongs to casework."""
