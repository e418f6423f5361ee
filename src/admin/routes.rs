//! The table of operations. The router dispatches by it and the OpenAPI document is made from it, so that what is
//! documented is what is served.

use axum::http::Method;

/// One operation.
pub(super) struct Route {
    pub(super) method: Method,
    /// The path after `/admin/v1/`, decoded.
    pub(super) operation: &'static str,
    pub(super) action: Action,
    /// What client generators call it.
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    LoadMatching,
    ShowMatching,
    ShowMatchingSchema,
    LoadProvisions,
    ListProvisions,
    DeleteProvisions,
    ShowProvisionSchema,
    ListUnusedProvisions,
    ShowData,
    DeleteData,
    ShowDataSummary,
    ShowDataConfiguration,
    ChangeDataConfiguration,
    LoadRequestSchema,
    ShowRequestSchema,
    DeleteRequestSchema,
    ShowHealth,
    ShowLogLevel,
    ChangeLogLevel,
    ShowOpenApi,
}

const fn route(
    method: Method,
    operation: &'static str,
    action: Action,
    id: &'static str,
    summary: &'static str,
) -> Route {
    Route { method, operation, action, id, summary }
}

/// All operations, those of a path together.
#[rustfmt::skip]
pub(super) static ROUTES: [Route; 20] = [
    route(Method::POST, "server-matching", Action::LoadMatching,
        "loadServerMatching", "Set how requests find their provisions"),
    route(Method::GET, "server-matching", Action::ShowMatching,
        "getServerMatching", "Show how requests find their provisions"),
    route(Method::GET, "server-matching/schema", Action::ShowMatchingSchema,
        "getServerMatchingSchema", "Show the schema of a matching configuration"),
    route(Method::POST, "server-provision", Action::LoadProvisions,
        "loadServerProvisions", "Load one provision or an array of them"),
    route(Method::GET, "server-provision", Action::ListProvisions,
        "listServerProvisions", "List the provisions in the order of their insertion"),
    route(Method::DELETE, "server-provision", Action::DeleteProvisions,
        "deleteServerProvisions", "Delete all provisions"),
    route(Method::GET, "server-provision/schema", Action::ShowProvisionSchema,
        "getServerProvisionSchema", "Show the schema of a provision"),
    route(Method::GET, "server-provision/unused", Action::ListUnusedProvisions,
        "listUnusedServerProvisions", "List the provisions that answered no request yet"),
    route(Method::GET, "server-data", Action::ShowData,
        "getServerData", "Show what was received and answered"),
    route(Method::DELETE, "server-data", Action::DeleteData,
        "deleteServerData", "Forget what was received and answered, and the states that follow from it"),
    route(Method::GET, "server-data/summary", Action::ShowDataSummary,
        "getServerDataSummary", "Count what was received and answered"),
    route(Method::GET, "server-data/configuration", Action::ShowDataConfiguration,
        "getServerDataConfiguration", "Show what is stored of the traffic"),
    route(Method::PUT, "server-data/configuration", Action::ChangeDataConfiguration,
        "setServerDataConfiguration", "Set what is stored of the traffic"),
    route(Method::POST, "server-data/schema", Action::LoadRequestSchema,
        "loadRequestSchema", "Set the schema that the bodies of requests must fit"),
    route(Method::GET, "server-data/schema", Action::ShowRequestSchema,
        "getRequestSchema", "Show the schema that the bodies of requests must fit"),
    route(Method::DELETE, "server-data/schema", Action::DeleteRequestSchema,
        "deleteRequestSchema", "Accept every request again"),
    route(Method::GET, "health", Action::ShowHealth,
        "getHealth", "Is the process there and answering?"),
    route(Method::GET, "logging", Action::ShowLogLevel,
        "getLogLevel", "Show the level of the log"),
    route(Method::PUT, "logging", Action::ChangeLogLevel,
        "setLogLevel", "Set the level of the log"),
    route(Method::GET, "openapi.json", Action::ShowOpenApi,
        "getOpenApi", "Show this document"),
];

/// What to do for a method and the name of an operation as the gate gives it.
pub(super) fn find(method: &Method, operation: &[u8]) -> Option<Action> {
    let route = ROUTES
        .iter()
        .find(|route| route.method == *method && route.operation.as_bytes() == operation)?;
    Some(route.action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_found_and_no_two_are_alike() {
        for (i, route) in ROUTES.iter().enumerate() {
            let found = find(&route.method, route.operation.as_bytes());
            assert_eq!(found, Some(route.action), "{}", route.id);
            for other in &ROUTES[i + 1..] {
                assert_ne!(route.action, other.action, "{}", route.id);
                assert_ne!(route.id, other.id);
            }
        }
        assert_eq!(find(&Method::PUT, b"health"), None);
        assert_eq!(find(&Method::GET, b"Health"), None);
    }
}
