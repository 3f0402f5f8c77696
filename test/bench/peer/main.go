// SPDX-License-Identifier: Apache-2.0

// Command peer is a scheduler extender as one writes it in Go today, with net/http, encoding/json
// and Kubernetes' own types, and with the scoring model of kernwise: what `./dev bench prioritize`
// compares with. It has no use beside that.
//
//	peer -nodes FILE    rows of the nodes (JSON); prints "listening ADDRESS"
//	peer -call URL -body FILE -count N    posts as kube-scheduler does; prints how many connections
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"

	v1 "k8s.io/api/core/v1"
	extender "k8s.io/kube-scheduler/extender/v1"
)

type server struct {
	rows map[string]row
}

func (s *server) candidates(args *extender.ExtenderArgs) []string {
	if args.NodeNames != nil {
		return *args.NodeNames
	}
	var names []string
	if args.Nodes != nil {
		for i := range args.Nodes.Items {
			names = append(names, args.Nodes.Items[i].Name)
		}
	}
	return names
}

func decode(w http.ResponseWriter, r *http.Request) (*extender.ExtenderArgs, bool) {
	var args extender.ExtenderArgs
	if err := json.NewDecoder(r.Body).Decode(&args); err != nil || args.Pod == nil {
		http.Error(w, "bad arguments", http.StatusBadRequest)
		return nil, false
	}
	return &args, true
}

func answer(w http.ResponseWriter, result any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(result); err != nil {
		log.Print(err)
	}
}

func (s *server) prioritize(w http.ResponseWriter, r *http.Request) {
	args, ok := decode(w, r)
	if !ok {
		return
	}
	pod := arrivalOf(args.Pod)
	names := s.candidates(args)
	list := make(extender.HostPriorityList, 0, len(names))
	for _, name := range names {
		score := int64(neutral)
		if row, known := s.rows[name]; known {
			score = row.score(pod)
		}
		list = append(list, extender.HostPriority{Host: name, Score: score})
	}
	answer(w, list)
}

func (s *server) filter(w http.ResponseWriter, r *http.Request) {
	args, ok := decode(w, r)
	if !ok {
		return
	}
	result := extender.ExtenderFilterResult{FailedNodes: extender.FailedNodesMap{}}
	if args.NodeNames != nil {
		kept := make([]string, 0, len(*args.NodeNames))
		kept = append(kept, *args.NodeNames...)
		result.NodeNames = &kept
	} else if args.Nodes != nil {
		result.Nodes = &v1.NodeList{Items: append([]v1.Node{}, args.Nodes.Items...)}
	}
	answer(w, result)
}

func serve(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var rows []row
	if err := json.Unmarshal(text, &rows); err != nil {
		return err
	}
	s := &server{rows: make(map[string]row, len(rows))}
	for _, row := range rows {
		s.rows[row.Name] = row
	}
	http.HandleFunc("/prioritize", s.prioritize)
	http.HandleFunc("/filter", s.filter)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("listening", listener.Addr())
	return http.Serve(listener, nil)
}

func main() {
	nodes := flag.String("nodes", "", "file with the nodes' rows")
	url := flag.String("call", "", "post to this address instead of serving")
	body := flag.String("body", "", "file with what to post")
	count := flag.Int("count", 1000, "how often")
	flag.Parse()
	var err error
	if *url != "" {
		err = call(*url, *body, *count)
	} else {
		err = serve(*nodes)
	}
	if err != nil {
		log.Fatal(err)
	}
}
