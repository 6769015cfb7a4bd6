import HTTPTypes
import Hummingbird
import Shared

/// The description of the API in OpenAPI 3.1, made of the route table.
struct OpenAPIDocument {
    private let routes: [Route]
    private let cookieName: String
    private let version: String

    /// Describes routes.
    init(_ routes: [Route], cookieName: String, version: String) {
        self.routes = routes
        self.cookieName = cookieName
        self.version = version
    }

    /// The document.
    var json: JSONObject {
        var components = JSONObject()
        var paths = JSONObject()
        for route in routes {
            var item = paths[route.path]?.objectValue ?? JSONObject()
            item[route.method.rawValue.lowercased()] = .object(operation(route, &components))
            paths[route.path] = .object(item)
        }
        components["Error"] = Self.errorSchema
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Novi API",
                "version": .string(version),
                "description": .string(
                    "Orders of small businesses. Errors of every route have the shape of `Error`; `fields` tells what is wrong where."
                ),
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "paths": .object(paths),
            "components": [
                "schemas": .object(components),
                "securitySchemes": [
                    "session": ["type": "apiKey", "in": "cookie", "name": .string(cookieName)],
                    "apiToken": [
                        "type": "http", "scheme": "bearer", "description": "A token of POST /auth/tokens.",
                    ],
                    "metricsToken": ["type": "http", "scheme": "bearer"],
                ],
            ],
        ]
    }

    private func operation(_ route: Route, _ components: inout JSONObject) -> JSONObject {
        var operation: JSONObject = [
            "operationId": .string(Self.operationID(route)),
            "summary": .string(route.summary),
            "tags": [.string(route.tag)],
        ]
        if !route.parameters.isEmpty {
            operation["parameters"] = .array(
                route.parameters.map { parameter in
                    [
                        "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
                        "required": .bool(parameter.isRequired), "description": .string(parameter.note),
                        "schema": parameter.schema.json(&components),
                    ]
                }
            )
        }
        if let body = route.body {
            operation["requestBody"] = [
                "required": .bool(!route.isBodyOptional),
                "content": ["application/json": ["schema": body.json(&components)]],
            ]
        }
        if route.rawBodyBytes != nil {
            operation["requestBody"] = [
                "required": true, "content": ["application/json": ["schema": ["type": "object"]]],
            ]
        }
        operation["responses"] = .object(responses(route, &components))
        switch route.access {
        case .anyone: operation["security"] = []
        case .session: operation["security"] = [["session": []]]
        case .identity, .permission: operation["security"] = [["session": []], ["apiToken": []]]
        case .metrics: operation["security"] = [[:], ["metricsToken": []]]
        }
        if case .permission(let permission) = route.access {
            operation["description"] = .string("Needs the permission `\(permission.rawValue)`.")
        }
        return operation
    }

    private func responses(_ route: Route, _ components: inout JSONObject) -> JSONObject {
        var responses = JSONObject()
        for success in route.successes {
            var response: JSONObject = ["description": .string(success.note)]
            switch success.content {
            case .none: break
            case .json(let schema):
                response["content"] = ["application/json": ["schema": schema.json(&components)]]
            case .text(let type): response["content"] = .object([type: ["schema": ["type": "string"]]])
            }
            if !success.headers.isEmpty {
                var headers = JSONObject()
                for name in success.headers { headers[name] = ["schema": ["type": "string"]] }
                response["headers"] = .object(headers)
            }
            responses["\(success.status.code)"] = .object(response)
        }
        for status in route.errorStatuses where responses["\(status.code)"] == nil {
            responses["\(status.code)"] = [
                "description": .string(status.reasonPhrase),
                "content": ["application/json": ["schema": ["$ref": "#/components/schemas/Error"]]],
            ]
        }
        return responses
    }

    /// `getApiOrdersId` for GET /api/orders/{id}.
    private static func operationID(_ route: Route) -> String {
        let words = route.path.split { !$0.isLetter && !$0.isNumber }
        return route.method.rawValue.lowercased()
            + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    private static let errorSchema: JSONValue = [
        "type": "object",
        "required": ["error"],
        "additionalProperties": false,
        "properties": [
            "error": [
                "type": "object",
                "required": ["code", "message", "fields", "requestId"],
                "additionalProperties": false,
                "properties": [
                    "code": ["type": "string", "description": "A stable word for programs."],
                    "message": ["type": "string", "description": "One sentence for people."],
                    "fields": [
                        "type": "object", "additionalProperties": ["type": "string"],
                        "description": "What is wrong with which field of the request.",
                    ],
                    "requestId": ["type": "string", "description": "The request's name in the log."],
                ],
            ]
        ],
    ]
}

extension Schema {
    /// The schema in JSON Schema 2020-12; objects go to `components`, once each.
    func json(_ components: inout JSONObject) -> JSONValue {
        switch self {
        case .text(let rule): return .object(rule.json)
        case .integer(let range):
            return [
                "type": "integer", "minimum": .integer(range.lowerBound),
                "maximum": .integer(range.upperBound),
            ]
        case .number: return ["type": "number"]
        case .amount:
            return ["type": "number", "minimum": 0.01, "maximum": .number(9_999_999_999.99)]
        case .price:
            return ["type": "number", "minimum": 0, "maximum": .number(9_999_999_999.99)]
        case .either(let schemas): return ["anyOf": .array(schemas.map { $0.json(&components) })]
        case .boolean: return ["type": "boolean"]
        case .list(let element, let count):
            return [
                "type": "array", "items": element.json(&components),
                "minItems": .integer(Int64(count.lowerBound)),
                "maxItems": .integer(Int64(count.upperBound)),
            ]
        case .object(let rule):
            if components[rule.name] == nil {
                components[rule.name] = .object([:])
                components[rule.name] = .object(rule.json(&components))
            }
            return ["$ref": .string("#/components/schemas/\(rule.name)")]
        case .nullable(let schema): return ["anyOf": [schema.json(&components), ["type": "null"]]]
        case .anyObject: return ["type": "object"]
        }
    }
}

extension TextRule {
    fileprivate var json: JSONObject {
        var json: JSONObject = ["type": "string"]
        if choices.isEmpty {
            json["minLength"] = .integer(Int64(length.lowerBound))
            json["maxLength"] = .integer(Int64(length.upperBound))
        } else {
            json["enum"] = .array(choices.map { .string($0) })
        }
        if let format { json["format"] = .string(format) }
        if let pattern { json["pattern"] = .string(pattern) }
        return json
    }
}

extension ObjectRule {
    fileprivate func json(_ components: inout JSONObject) -> JSONObject {
        var properties = JSONObject()
        for member in members {
            var schema = member.schema.json(&components)
            if let note = member.note, var object = schema.objectValue {
                object["description"] = .string(note)
                schema = .object(object)
            }
            properties[member.name] = schema
        }
        var json: JSONObject = [
            "type": "object", "properties": .object(properties), "additionalProperties": false,
            "required": .array(members.filter(\.isRequired).map { .string($0.name) }),
        ]
        if minimumCount > 0 { json["minProperties"] = .integer(Int64(minimumCount)) }
        return json
    }
}
