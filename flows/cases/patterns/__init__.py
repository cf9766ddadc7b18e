"""Cases about stops, news, holding times and stakes: journals of trades on a clock."""
