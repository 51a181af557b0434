"""The main window: tabs, menus, keys and status bar."""
