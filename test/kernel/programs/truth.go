// SPDX-License-Identifier: Apache-2.0

// A Go program that knows what it waits for. It prints, about ten times a second,
// "truth INBOUND BLOCKED": seconds of wall time it had a request to answer, and seconds it waited
// for the service at 127.0.0.1:PORT.
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

var inbound, blocked time.Duration
var told time.Time

func tell() {
	if time.Since(told) > 100*time.Millisecond {
		told = time.Now()
		fmt.Printf("truth %.6f %.6f\n", inbound.Seconds(), blocked.Seconds())
	}
}

//go:noinline
func burnGo(length time.Duration) {
	for begin := time.Now(); time.Since(begin) < length; {
	}
}

func ask(service net.Conn) {
	one := []byte{'x'}
	begin := time.Now()
	service.Write(one)
	service.Read(one)
	blocked += time.Since(begin)
}

func listen() net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		os.Exit(1)
	}
	fmt.Printf("port %d\n", listener.Addr().(*net.TCPAddr).Port)
	return listener
}

func connect() net.Conn {
	service, err := net.Dial("tcp", "127.0.0.1:"+os.Args[2])
	if err != nil {
		os.Exit(1)
	}
	return service
}

func serve(service net.Conn, client net.Conn) {
	one := []byte{0}
	for {
		if count, _ := client.Read(one); count != 1 {
			return
		}
		begin := time.Now()
		burnGo(2 * time.Millisecond)
		ask(service)
		client.Write(one)
		inbound += time.Since(begin)
		tell()
	}
}

func main() {
	switch os.Args[1] {
	case "ask":
		service := connect()
		for {
			burnGo(2 * time.Millisecond)
			ask(service)
			tell()
		}
	case "serve":
		service := connect()
		client, _ := listen().Accept()
		serve(service, client)
	case "quiet":
		for i := 0; i < 8; i++ { // a pool that nobody gives work
			go func() { <-make(chan int) }()
		}
		listen().Accept()
	case "spin":
		for {
			burnGo(100 * time.Millisecond)
		}
	}
}
