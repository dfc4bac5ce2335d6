@_exported import CompanionBindings
