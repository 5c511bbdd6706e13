#pragma once
// The annotations of ingress-nginx that decide what is answered, or what goes to the back.
#include <string>
#include <string_view>

#include "servers/kubernetes/credentials.h"
#include "servers/model/back_edge.h"

namespace astray::kubernetes::ingress_nginx {

inline constexpr std::string_view controller = "k8s.io/ingress-nginx";

/// nginx.ingress.kubernetes.io/NAME; nullptr: it is not there.
const Node* annotation_of(const Object& ingress, std::string_view name);

/// An annotation that puts nginx directives of the user's own into the server or the location; nullptr: there is none.
const Node* snippet_of(const Object& ingress);

/// auth-tls-secret and auth-tls-verify-client, made the server's.
void take_client_authentication(const Object& ingress, Credentials& credentials, TlsSettings& into);

/// backend-protocol, upstream-vhost and proxy-ssl-*, which count only where proxy-ssl-secret is.
void take_back_annotations(const Object& ingress, BackEdge& edge);

/// The status of a request in clear to a host with TLS (ssl-redirect, on by default; force-ssl-redirect); 0: it is served.
int clear_redirect(const Object& ingress, bool has_tls);

}  // namespace astray::kubernetes::ingress_nginx
