"""The ground floor: frozen values that every floor above speaks in. No room here does anything."""
