// SPDX-License-Identifier: Apache-2.0
// etcd of the module version that go.mod names, with nothing changed.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}
