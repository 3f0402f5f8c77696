// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"

	v1 "k8s.io/api/core/v1"
)

const (
	resources = 3 // cpu, disk, memory
	neutral   = 5
)

var threshold = [resources]float64{.80, .70, .90}

// row is one node as placement sees it.
type row struct {
	Name        string
	Load        [resources]float64
	Contention  [resources]float64
	Sensitivity [resources]float64
	Capacity    [resources]float64
}

// arrival is a pod that nothing is known of but its requests.
type arrival struct {
	demand, mix [resources]float64
}

func arrivalOf(pod *v1.Pod) arrival {
	a := arrival{mix: [resources]float64{1, 0, 0}}
	for i := range pod.Spec.Containers {
		requests := pod.Spec.Containers[i].Resources.Requests
		a.demand[0] += .85 * requests.Cpu().AsApproximateFloat64()
		a.demand[2] += .85 * requests.Memory().AsApproximateFloat64()
	}
	return a
}

func (n row) score(pod arrival) int64 {
	var worst, weighted, weights, victim, aggressor float64
	for r := range resources {
		load := n.Load[r]
		if n.Capacity[r] > 0 {
			load += pod.demand[r] / n.Capacity[r]
		}
		weight := .3 + .7*pod.mix[r]
		ratio := load / threshold[r]
		cost := weight * math.Min(1, ratio*ratio)
		worst = math.Max(worst, cost)
		weighted += cost
		weights += weight
		victim += pod.mix[r] * n.Contention[r]
		aggressor += pod.mix[r] * n.Sensitivity[r] * math.Min(1, load)
	}
	cost := .45*worst + .20*weighted/weights + .30*math.Min(1, victim+.5*aggressor)
	return int64(math.Floor(10*(1-cost) + .5))
}
