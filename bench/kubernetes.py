#!/usr/bin/python3
"""What `astray audit` takes of the processor for the objects of a large cluster: a quarter HTTPRoutes, Ingresses, Services and Secrets each.

  bench/kubernetes.py --astray build/bench/src/astray [--objects 2500 5000 10000 20000]

Twice the objects should take about twice the time.
"""
import argparse
import base64
import os
import subprocess
import sys
import tempfile

TENANTS = 50  # each with a certificate of its own, "*.tN.example.com", and a listener


def certificate(folder, tenant):
    path = os.path.join(folder, f"t{tenant}.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                    "-keyout", os.devnull, "-out", path, "-subj", f"/CN=t{tenant}", "-addext",
                    f"subjectAltName=DNS:*.t{tenant}.example.com"], check=True, capture_output=True)
    with open(path, "rb") as pem:
        return base64.b64encode(pem.read()).decode()


def objects(count, pems):
    yield ("apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: c}\n"
           "spec: {controllerName: istio.io/gateway-controller}\n")
    yield ("apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: nginx}\n"
           "spec: {controller: k8s.io/ingress-nginx}\n")
    listeners = "".join(f"  - name: t{tenant}\n    hostname: \"*.t{tenant}.example.com\"\n    port: 443\n    protocol: HTTPS\n"
                        f"    tls: {{certificateRefs: [{{name: s{tenant}}}]}}\n" for tenant in range(TENANTS))
    yield ("apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g, namespace: n}\n"
           f"spec:\n  gatewayClassName: c\n  listeners:\n{listeners}")
    for i in range(count // 4):
        tenant = i % TENANTS
        yield (f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s{i}, namespace: n}}\ntype: kubernetes.io/tls\n"
               f"data:\n  tls.crt: {pems[tenant]}\n  tls.key: bm90IHJlYWQ=\n")
        yield f"apiVersion: v1\nkind: Service\nmetadata: {{name: b{i}, namespace: n}}\nspec:\n  ports:\n  - name: http\n    port: 8080\n"
        yield ("apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n"
               f"metadata:\n  name: r{i}\n  namespace: n\nspec:\n  parentRefs:\n  - name: g\n  hostnames:\n  - h{i}.t{tenant}.example.com\n"
               f"  rules:\n  - backendRefs:\n    - name: b{i}\n      port: 8080\n")
        yield (f"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i{i}\n  namespace: n\nspec:\n"
               f"  ingressClassName: nginx\n  tls:\n  - hosts: [i{i}.t{tenant}.example.com]\n    secretName: s{i}\n  rules:\n"
               f"  - host: i{i}.t{tenant}.example.com\n    http:\n      paths:\n      - path: /\n        pathType: Prefix\n"
               f"        backend:\n          service: {{name: b{i}, port: {{number: 8080}}}}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--astray", required=True)
    parser.add_argument("--objects", type=int, nargs="+", default=[2500, 5000, 10000, 20000])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pems = [certificate(folder, tenant) for tenant in range(TENANTS)]
        for count in options.objects:
            path = os.path.join(folder, f"{count}.yaml")
            with open(path, "w", encoding="utf-8") as out:
                out.write("---\n".join(objects(count, pems)))
            began = os.times()
            run = subprocess.run([os.path.abspath(options.astray), "audit", "--no-waivers", "--format", "jsonl", path],
                                 capture_output=True, text=True, timeout=600, check=False)
            ended = os.times()
            took = ended.children_user + ended.children_system - began.children_user - began.children_system
            if run.returncode not in (0, 1):
                sys.exit(f"astray audit ended with {run.returncode}: {run.stderr}")
            print(f"{count:6} objects, {os.path.getsize(path) / 1e6:5.1f} MB: {took:6.2f} s of processor, {took / count * 1e6:5.0f} us each, "
                  f"{len(run.stdout.splitlines())} lines")


if __name__ == "__main__":
    main()
