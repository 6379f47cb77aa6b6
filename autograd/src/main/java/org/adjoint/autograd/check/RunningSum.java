package org.adjoint.autograd.check;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.tensor.Tensor;

/**
 * S of a graph: what its rounding errors are proportional to. On leaves S = |x|; behind an op with
 * operands p, S = Σ_p |∂y/∂p|·S(p) element by element, with the op's own gradient in float64. For a
 * sum of products this is, up to the number of factors, their sum in absolute values.
 */
final class RunningSum {
  private RunningSum() {}

  /** Returns S of every element of a result. */
  static double[] of(Variable result) {
    IdentityHashMap<Variable, double[]> sums = new IdentityHashMap<>();
    for (Variable node : order(result)) {
      sums.put(node, sum(node, sums));
    }
    double[] s = sums.get(result);
    return s == null ? new double[0] : s;
  }

  /** The nodes behind a result, operands first. */
  static List<Variable> order(Variable result) {
    List<Variable> order = new ArrayList<>();
    IdentityHashMap<Variable, int[]> next = new IdentityHashMap<>();
    ArrayDeque<Variable> path = new ArrayDeque<>();
    path.push(result);
    next.put(result, new int[1]);
    while (!path.isEmpty()) {
      Variable node = path.peek();
      Variable[] parents = node.parents();
      int[] position = next.computeIfAbsent(node, k -> new int[1]);
      if (position[0] < parents.length) {
        Variable parent = parents[position[0]++];
        if (!next.containsKey(parent)) {
          next.put(parent, new int[1]);
          path.push(parent);
        }
      } else {
        order.add(path.pop());
      }
    }
    return order;
  }

  private static double[] sum(Variable node, IdentityHashMap<Variable, double[]> sums) {
    Op op = node.op();
    double[] value = node.value().toDoubleArray();
    if (!(op instanceof Op.Differentiable)) {
      for (int i = 0; i < value.length; i++) {
        value[i] = Math.abs(value[i]);
      }
      return value;
    }
    // Applied anew to parameters, so that operands without a gradient count too.
    Variable[] parents = node.parents();
    Variable[] fresh = new Variable[parents.length];
    List<Variable> wanted = new ArrayList<>();
    for (int i = 0; i < fresh.length; i++) {
      Tensor t = parents[i].value();
      fresh[i] = t.dtype().isFloating() ? Variable.parameter(t) : Variable.of(t);
      if (t.dtype().isFloating()) {
        wanted.add(fresh[i]);
      }
    }
    Variable y = Graph.apply(op, fresh);
    double[] s = new double[value.length];
    double[] one = new double[value.length];
    for (int e = 0; e < s.length; e++) {
      one[e] = 1;
      Variable seed = Variable.of(Tensor.of(y.value().device(), one, y.shape().toArray()));
      List<Variable> row = Backprop.gradients(y, seed, wanted, false);
      int at = 0;
      for (int i = 0; i < fresh.length; i++) {
        double[] below = sums.get(parents[i]);
        if (below != null && parents[i].dtype().isFloating()) {
          s[e] += dot(row.get(at++).value().toDoubleArray(), below);
        }
      }
      one[e] = 0;
    }
    return s;
  }

  private static double dot(double[] slopes, double[] sums) {
    double total = 0;
    for (int i = 0; i < slopes.length; i++) {
      total += Math.abs(slopes[i]) * sums[i];
    }
    return total;
  }
}
