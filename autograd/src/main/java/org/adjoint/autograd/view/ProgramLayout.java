package org.adjoint.autograd.view;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.adjoint.autograd.capture.Phase;
import org.adjoint.autograd.capture.ProgramGraph;
import org.adjoint.autograd.capture.ProgramGraph.Node;
import org.adjoint.autograd.capture.ProgramGraph.Use;

/**
 * Where the calls of a program stand in the picture: rows and lanes. The forward phase runs down on
 * the left, the backward phase up beside it, so that a gradient stands level with what it is the
 * gradient of; updates stand to the right of the gradients they use.
 */
final class ProgramLayout {
  private final List<Node> nodes;
  private final int[] row;
  private final int[] lane;
  private final int[] height;
  private final int[] lanes = new int[Phase.values().length];

  ProgramLayout(ProgramGraph g) {
    nodes = g.nodes();
    row = new int[nodes.size()];
    lane = new int[nodes.size()];
    height = new int[nodes.size()];
    forwardRows();
    backwardRows();
    updateRows();
    int top = 0;
    for (int r : row) {
      top = Math.min(top, r);
    }
    for (int i = 0; i < row.length; i++) {
      row[i] -= top;
    }
    heights();
    for (Phase p : Phase.values()) {
      spread(p);
    }
  }

  /** The calls whose results a call reads. */
  static Set<Integer> sources(Node n) {
    Set<Integer> sources = new HashSet<>();
    for (Use use : n.reads()) {
      sources.addAll(use.from());
    }
    sources.remove(n.number());
    return sources;
  }

  private boolean is(int call, Phase phase) {
    return nodes.get(call).phase() == phase;
  }

  private List<Node> of(Phase phase) {
    return nodes.stream().filter(n -> n.phase() == phase).toList();
  }

  /**
   * A row below everything that is read; then as far down as what is read later allows, so that a
   * mask is drawn where it is used and not at the top.
   */
  private void forwardRows() {
    List<Node> forward = of(Phase.FORWARD);
    int[] limit = new int[nodes.size()];
    Arrays.fill(limit, Integer.MAX_VALUE);
    for (Node n : forward) {
      for (int s : sources(n)) {
        row[n.number()] = Math.max(row[n.number()], row[s] + 1);
      }
    }
    for (Node n : forward.reversed()) {
      int i = n.number();
      row[i] = limit[i] == Integer.MAX_VALUE ? row[i] : limit[i];
      for (int s : sources(n)) {
        limit[s] = Math.min(limit[s], row[i] - 1);
      }
    }
  }

  /** A row above the gradients that are read, and at most one below the results that are. */
  private void backwardRows() {
    int bottom = 0;
    for (Node n : of(Phase.FORWARD)) {
      bottom = Math.max(bottom, row[n.number()]);
    }
    for (Node n : of(Phase.BACKWARD)) {
      int at = bottom;
      int level = -1;
      for (int s : sources(n)) {
        if (is(s, Phase.FORWARD)) {
          level = Math.max(level, row[s] + 1);
        } else {
          at = Math.min(at, row[s] - 1);
        }
      }
      row[n.number()] = level < 0 ? at : Math.min(at, level);
    }
  }

  /** Beside the gradients that are read, and below updates that are. */
  private void updateRows() {
    for (Node n : of(Phase.UPDATE)) {
      int beside = Integer.MAX_VALUE;
      int below = Integer.MIN_VALUE;
      for (int s : sources(n)) {
        if (is(s, Phase.UPDATE)) {
          below = Math.max(below, row[s] + 1);
        } else {
          beside = Math.min(beside, row[s]);
        }
      }
      row[n.number()] = below > Integer.MIN_VALUE ? below : beside < Integer.MAX_VALUE ? beside : 0;
    }
  }

  /** How long the longest way through the phase is that begins at a call. */
  private void heights() {
    for (int i = nodes.size() - 1; i >= 0; i--) {
      for (int s : sources(nodes.get(i))) {
        if (nodes.get(s).phase() == nodes.get(i).phase()) {
          height[s] = Math.max(height[s], height[i] + 1);
        }
      }
    }
  }

  /**
   * The longest way keeps the first lane; others keep the lane of what they read, if it is free.
   */
  private void spread(Phase phase) {
    TreeMap<Integer, List<Node>> rows = new TreeMap<>();
    for (Node n : of(phase)) {
      rows.computeIfAbsent(row[n.number()], k -> new ArrayList<>()).add(n);
    }
    var order = phase == Phase.BACKWARD ? rows.descendingMap() : rows;
    for (List<Node> inRow : order.values()) {
      Node main =
          inRow.stream()
              .max(
                  Comparator.<Node>comparingInt(n -> height[n.number()])
                      .thenComparing(Comparator.comparingInt(Node::number).reversed()))
              .orElseThrow();
      List<Node> rest = new ArrayList<>(inRow);
      rest.remove(main);
      rest.addFirst(main);
      Set<Integer> taken = new HashSet<>();
      for (Node n : rest) {
        int at = phase == Phase.UPDATE ? beside(n) : n == main ? 0 : beside(n);
        while (!taken.add(at)) {
          at++;
        }
        lane[n.number()] = at;
        lanes[phase.ordinal()] = Math.max(lanes[phase.ordinal()], at + 1);
      }
    }
  }

  /** The lane of what a call reads; for updates counted from the second. */
  private int beside(Node n) {
    int at = 0;
    for (int s : sources(n)) {
      if (is(s, n.phase())) {
        at = Math.max(at, lane[s]);
      } else if (n.phase() == Phase.UPDATE) {
        at = Math.max(at, lane[s] - 1);
      }
    }
    return at;
  }

  int row(int call) {
    return row[call];
  }

  int lane(int call) {
    return lane[call];
  }

  /** How many lanes a phase takes. */
  int lanes(Phase phase) {
    return lanes[phase.ordinal()];
  }

  /** How many rows there are. */
  int rows() {
    int rows = 0;
    for (int r : row) {
      rows = Math.max(rows, r + 1);
    }
    return rows;
  }

  /** Whether a call is the rightmost of its phase in its row. */
  boolean isLast(int call) {
    for (Node n : nodes) {
      int i = n.number();
      if (is(i, nodes.get(call).phase()) && row[i] == row[call] && lane[i] > lane[call]) {
        return false;
      }
    }
    return true;
  }
}
