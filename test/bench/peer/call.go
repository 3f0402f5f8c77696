// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	extender "k8s.io/kube-scheduler/extender/v1"
)

// call posts as kube-scheduler's extender client does: the body is not drained behind the one JSON
// value that is decoded. An answer that ends there leaves the connection usable, another does not.
func call(url, file string, count int) error {
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var opened atomic.Int64
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		opened.Add(1)
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	client := &http.Client{Transport: transport, Timeout: 5 * time.Second}
	begin := time.Now()
	for range count {
		response, err := client.Post(url, "application/json", bytes.NewReader(body))
		if err != nil {
			return err
		}
		var list extender.HostPriorityList
		err = json.NewDecoder(response.Body).Decode(&list)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK || len(list) == 0 {
			return fmt.Errorf("status %d, %d hosts: %w", response.StatusCode, len(list), err)
		}
	}
	fmt.Printf("connections %d calls %d seconds %.3f\n", opened.Load(), count, time.Since(begin).Seconds())
	return nil
}
