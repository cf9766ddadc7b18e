"""Places where accounts really trade, all behind one interface (`abstract`)."""
