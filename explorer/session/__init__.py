"""What the user is doing right now, as QObjects with signals. QtCore only."""
