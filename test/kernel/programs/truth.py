# SPDX-License-Identifier: Apache-2.0
"""A Python program that knows what it waits for; arguments and output as of truth.go."""
import socket
import sys
import threading
import time

inbound = blocked = told = 0.0


def tell():
    global told
    if time.monotonic() - told > 0.1:
        told = time.monotonic()
        print(f"truth {inbound:.6f} {blocked:.6f}", flush=True)


def burn_python(seconds):
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        pass


def connect():
    return socket.create_connection(("127.0.0.1", int(sys.argv[2])))


def ask(service):
    global blocked
    begin = time.monotonic()
    service.sendall(b"x")
    service.recv(1)
    blocked += time.monotonic() - begin


def listen():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    print(f"port {listener.getsockname()[1]}", flush=True)
    return listener


def mode_ask():
    service = connect()
    while True:
        burn_python(0.002)
        ask(service)
        tell()


def mode_serve():
    global inbound
    service = connect()
    client, _ = listen().accept()
    while client.recv(1):
        begin = time.monotonic()
        burn_python(0.002)
        ask(service)
        client.sendall(b"x")
        inbound += time.monotonic() - begin
        tell()


def mode_quiet():
    for _ in range(8):  # a pool that nobody gives work
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    listen().accept()


def mode_spin():
    while True:
        burn_python(0.1)


globals()["mode_" + sys.argv[1]]()
