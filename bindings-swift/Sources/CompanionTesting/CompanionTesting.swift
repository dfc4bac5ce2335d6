@_exported import CompanionKit
@_exported import CompanionTestingBindings
