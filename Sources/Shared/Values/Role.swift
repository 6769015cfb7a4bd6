/// What a person may do with everything that is not their own.
public enum Role: String, CaseIterable, Sendable {
    /// Works with the orders of the businesses they are a member of.
    case user
    /// Works with all orders and manages users.
    case admin
    /// May do everything.
    case superAdmin = "super_admin"

    /// Everything that the role allows.
    public var permissions: [Permission] { Permission.allCases.filter(allows) }

    /// Whether the role allows something: the one check of all routes.
    public func allows(_ permission: Permission) -> Bool {
        switch self {
        case .user: permission == .readOwnOrders || permission == .updateOwnOrders
        case .admin: permission != .allPermissions
        case .superAdmin: true
        }
    }
}

/// One thing that a ``Role`` can allow.
///
/// "Own" means a member of the order's business; that part is decided where the order is looked up.
public enum Permission: String, CaseIterable, Sendable {
    case readOwnOrders = "read_own_orders"
    case updateOwnOrders = "update_own_orders"
    case readAllOrders = "read_all_orders"
    case updateAllOrders = "update_all_orders"
    case manageUsers = "manage_users"
    case allPermissions = "all_permissions"
}
