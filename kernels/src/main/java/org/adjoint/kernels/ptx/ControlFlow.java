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
    List<List<Integer>> before = new ArrayList<>();
    for (int i = 0; i <= n; i++) {
      before.add(new ArrayList<>());
    }
    for (int i = 0; i < n; i++) {
      for (int next : next(code, i)) {
        before.get(next).add(i);
      }
    }
    // Order the reversed graph so that a node comes after what dominates it.
    int[] order = new int[n + 1];
    Arrays.fill(order, -1);
    int[] nodes = reversePostorder(n, before, order);
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
        for (int next : next(code, node)) {
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

  private static int[] next(Instruction[] code, int i) {
    Instruction instruction = code[i];
    int after = i + 1;
    if (instruction instanceof Branch branch) {
      if (branch.guard < 0) {
        return new int[] {branch.target};
      }
      // Lanes that leave for good meet nobody: the others go on together.
      boolean leaves = code[branch.target] instanceof Exit exit && exit.guard < 0;
      return leaves ? new int[] {after} : new int[] {branch.target, after};
    }
    if (instruction instanceof Exit) {
      return instruction.guard < 0 ? new int[] {code.length} : new int[] {after};
    }
    return new int[] {after};
  }

  /** Returns the nodes from which the end can be reached, dominators first. */
  private static int[] reversePostorder(int end, List<List<Integer>> before, int[] order) {
    int[] stack = new int[end + 2];
    int[] progress = new int[end + 1];
    boolean[] seen = new boolean[end + 1];
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
