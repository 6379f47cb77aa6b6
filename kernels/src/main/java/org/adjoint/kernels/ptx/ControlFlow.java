package org.adjoint.kernels.ptx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds where lanes that part at a branch meet again: the immediate post-dominator of the branch,
 * by the algorithm of Cooper, Harvey and Kennedy ("A Simple, Fast Dominance Algorithm", 2001) on
 * the reversed graph of the instructions.
 */
final class ControlFlow {
  private ControlFlow() {}

  /** A branch of the program; {@code meeting} is set here. */
  static final class Branch extends Instruction {
    int target;
    int meeting = -1;

    @Override
    boolean straight() {
      return false;
    }

    @Override
    void run(Warp w, int mask) {
      w.branch(mask, target, meeting);
    }
  }

  /** {@code exit}, or {@code ret} of a kernel. */
  static final class Exit extends Instruction {
    @Override
    boolean straight() {
      return false;
    }

    @Override
    void run(Warp w, int mask) {
      if (mask == 0) {
        w.advance();
      } else {
        w.exit(mask);
      }
    }
  }

  /** Sets the meeting point of every branch; −1 where the ways meet only at the end. */
  static void meet(Instruction[] code) {
    int n = code.length; // Node n is the end of all ways.
    // Lanes that leave for good meet nobody: the others go on together, as if no lane left. Only a
    // loop that has no other end is left by that way.
    boolean[] ends = new boolean[n + 1];
    reversePostorder(n, before(code, ends, false), new int[n + 1], ends);
    int[] order = new int[n + 1];
    int[] nodes = reversePostorder(n, before(code, ends, true), order, new boolean[n + 1]);
    int[] dominator = new int[n + 1];
    Arrays.fill(dominator, -1);
    dominator[n] = n;
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int node : nodes) {
        if (node == n) {
          continue;
        }
        int best = -1;
        for (int next : next(code, node, !ends[node])) {
          if (dominator[next] >= 0) {
            best = best < 0 ? next : intersect(next, best, dominator, order);
          }
        }
        if (best != dominator[node]) {
          dominator[node] = best;
          changed = true;
        }
      }
    }
    for (int i = 0; i < n; i++) {
      if (code[i] instanceof Branch branch) {
        branch.meeting = dominator[i] == n ? -1 : dominator[i];
      }
    }
  }

  /**
   * Returns where each node is reached from; leaving counts for nodes that do not end otherwise.
   */
  private static List<List<Integer>> before(Instruction[] code, boolean[] ends, boolean leaving) {
    List<List<Integer>> before = new ArrayList<>();
    for (int i = 0; i <= code.length; i++) {
      before.add(new ArrayList<>());
    }
    for (int i = 0; i < code.length; i++) {
      for (int next : next(code, i, leaving && !ends[i])) {
        before.get(next).add(i);
      }
    }
    return before;
  }

  private static int[] next(Instruction[] code, int i, boolean leaving) {
    Instruction instruction = code[i];
    int after = i + 1;
    int target;
    if (instruction instanceof Branch branch) {
      target = branch.target;
    } else if (instruction instanceof Exit) {
      target = code.length;
    } else {
      return new int[] {after};
    }
    if (instruction.guard < 0) {
      return new int[] {target};
    }
    boolean leaves = target == code.length || (code[target] instanceof Exit exit && exit.guard < 0);
    return leaves && !leaving ? new int[] {after} : new int[] {target, after};
  }

  /** Returns the nodes from which the end can be reached, dominators first, and marks them. */
  private static int[] reversePostorder(
      int end, List<List<Integer>> before, int[] order, boolean[] seen) {
    int[] stack = new int[end + 2];
    int[] progress = new int[end + 1];
    int[] post = new int[end + 1];
    int count = 0;
    int depth = 0;
    stack[depth++] = end;
    seen[end] = true;
    while (depth > 0) {
      int node = stack[depth - 1];
      List<Integer> sources = before.get(node);
      if (progress[node] < sources.size()) {
        int source = sources.get(progress[node]++);
        if (!seen[source]) {
          seen[source] = true;
          stack[depth++] = source;
        }
      } else {
        post[count++] = node;
        depth--;
      }
    }
    int[] nodes = new int[count];
    for (int i = 0; i < count; i++) {
      nodes[i] = post[count - 1 - i];
      order[nodes[i]] = i;
    }
    return nodes;
  }

  private static int intersect(int a, int b, int[] dominator, int[] order) {
    while (a != b) {
      while (order[a] > order[b]) {
        a = dominator[a];
      }
      while (order[b] > order[a]) {
        b = dominator[b];
      }
    }
    return a;
  }
}
