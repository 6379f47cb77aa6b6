package org.adjoint.autograd;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.adjoint.autograd.capture.Recording;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.Context;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Reverse-mode differentiation: one walk from the loss back to the leaves, in reverse topological
 * order and without recursion.
 *
 * <p>The order matters. In {@code b = a + a; c = b + b} a walk that visits parents as soon as it
 * meets them reaches {@code a} twice from {@code b}, the second time after {@code a} was finished;
 * a node may be visited only when the gradients of all its uses have arrived. So the nodes are
 * sorted first.
 */
public final class Backprop {
  final boolean createGraph;
  private final boolean free;
  private final @Nullable Set<Variable> targets;

  /** What is known about a variable, at its identity's hash or the next free place behind it. */
  private @Nullable Vjp[] nodes = new @Nullable Vjp[32];

  private int entered;

  private Backprop(boolean createGraph, boolean free, @Nullable Set<Variable> targets) {
    this.createGraph = createGraph;
    this.free = free;
    this.targets = targets;
  }

  /**
   * Adds the gradient of {@code root} to the {@link Variable#grad} of every leaf that it depends
   * on.
   *
   * @param root a scalar, unless a seed is given
   * @param seed dL/d(root), in the shape of root; null means 1
   * @param retainGraph whether the graph stays, so that backward may be called again
   * @throws GradientException if root does not depend on a leaf that wants a gradient, if its graph
   *     was freed by an earlier backward, or if the walk meets a non-differentiable op
   */
  public static void backward(Variable root, @Nullable Tensor seed, boolean retainGraph) {
    Backprop walk = new Backprop(false, !retainGraph, null);
    Recording recording = Recording.current();
    if (recording != null) {
      recording.backward(true);
    }
    try (Graph.NoGrad _ = new Graph.NoGrad(false);
        Scope temporaries = Scope.open()) {
      walk.run(root, seed == null ? ones(root) : checkSeed(root, seed), temporaries);
    }
    if (recording != null) {
      recording.backward(false);
    }
    if (Context.current().anomalies()) {
      Anomaly.nextStep();
    }
  }

  /**
   * Returns the gradients of {@code root} with respect to {@code inputs} without touching any
   * {@link Variable#grad}.
   *
   * @param root a scalar
   * @param inputs leaves or intermediate results; one that root does not depend on gets zeros
   * @param createGraph whether the gradients can be differentiated again; the graph then stays
   * @throws GradientException as {@link #backward}
   */
  public static List<Variable> gradients(
      Variable root, List<Variable> inputs, boolean createGraph) {
    return gradients(root, null, inputs, createGraph);
  }

  /** As {@link #gradients(Variable, List, boolean)}, with dL/d(root) given; the graph stays. */
  public static List<Variable> gradients(
      Variable root, @Nullable Variable seed, List<Variable> inputs, boolean createGraph) {
    Set<Variable> targets = Collections.newSetFromMap(new IdentityHashMap<>());
    targets.addAll(inputs);
    Backprop walk = new Backprop(createGraph, false, targets);
    Variable start;
    if (seed == null) {
      start = ones(root);
    } else {
      checkSeed(root, seed.value());
      start = seed;
    }
    List<Variable> result = new ArrayList<>();
    try (Graph.NoGrad _ = new Graph.NoGrad(createGraph)) {
      walk.run(root, start, null);
      for (Variable input : inputs) {
        Vjp node = walk.node(input);
        Variable g = node == null ? null : node.gradient;
        result.add(
            g != null
                ? g
                : new Variable(
                    Tensor.zeros(input.value().device(), input.dtype(), input.shape().toArray()),
                    false));
      }
    }
    return result;
  }

  private static Variable ones(Variable root) {
    if (root.value().size() != 1) {
      throw new ShapeException(
          "backward",
          "root",
          root.shape(),
          "only a scalar has a gradient by itself; reduce it (sum, mean) or pass a seed of its"
              + " shape");
    }
    Tensor one = Tensor.result(root.value().device(), root.dtype(), root.shape());
    Backends.kernels(one.device()).elementwise().fill(1, one);
    return new Variable(one, false);
  }

  private static Variable checkSeed(Variable root, Tensor seed) {
    if (!seed.shape().equals(root.shape()) || seed.dtype() != root.dtype()) {
      throw new ShapeException(
          "backward",
          "seed",
          seed.dtype() + seed.shape().toString(),
          "it must be like the root, " + root.dtype() + root.shape());
    }
    return new Variable(seed, false);
  }

  private void run(Variable root, Variable seed, @Nullable Scope temporaries) {
    if (!root.requiresGrad()) {
      throw new GradientException(
          "backward",
          "root",
          root.shape().toString() + " without a graph",
          "it depends on no parameter, or was computed under noGrad, or was detached");
    }
    Vjp first = sort(root);
    first.gradient = seed;
    for (Vjp node = first; node != null; node = node.next) {
      if (node.gradient == null) {
        if (node.rows != null) {
          deposit(node.output(), node.rows, temporaries);
        }
        continue;
      }
      Variable variable = node.output();
      Variable gradient = variable.runHooks(node.gradient);
      node.gradient = gradient;
      Op op = variable.op();
      if (op == null) {
        if (targets == null) {
          deposit(variable, gradient.value(), temporaries);
        }
      } else {
        propagate(node, op);
        if (free) {
          variable.free();
        }
      }
      if (!node.isTarget) {
        node.gradient = null;
      }
    }
  }

  /** Returns the root's node, from which the nodes follow each other, each before its parents. */
  private Vjp sort(Variable root) {
    Vjp order = null;
    Vjp path = enter(root);
    while (path != null) {
      Vjp node = path;
      if (node.visited < node.count()) {
        Variable parent = node.input(node.visited++);
        if (parent.requiresGrad() && node(parent) == null) {
          path = enter(parent);
          path.next = node;
        }
      } else {
        for (int i = 0; i < node.count(); i++) {
          node.needed |= node.needs(i);
        }
        path = node.next;
        node.next = order;
        order = node;
      }
    }
    return Objects.requireNonNull(order);
  }

  private Vjp enter(Variable variable) {
    variable.requireGraph();
    Vjp node = new Vjp(this, variable);
    node.isTarget = targets != null && targets.contains(variable);
    node.needed = targets == null || node.isTarget;
    if (2 * ++entered > nodes.length) {
      @Nullable Vjp[] before = nodes;
      nodes = new @Nullable Vjp[2 * before.length];
      for (Vjp old : before) {
        if (old != null) {
          nodes[place(old.output())] = old;
        }
      }
    }
    nodes[place(variable)] = node;
    return node;
  }

  /** Returns the node of a variable, or null if the walk has not met it. */
  @Nullable Vjp node(Variable variable) {
    return nodes[place(variable)];
  }

  /** Returns where a variable's node is in the table, or would be. */
  private int place(Variable variable) {
    int i = System.identityHashCode(variable) & nodes.length - 1;
    for (Vjp at = nodes[i]; at != null && at.output() != variable; at = nodes[i]) {
      i = i + 1 & nodes.length - 1;
    }
    return i;
  }

  private void propagate(Vjp node, Op op) {
    boolean any = false;
    for (int i = 0; i < node.count(); i++) {
      any |= node.needs(i);
    }
    if (!any) {
      return;
    }
    if (!(op instanceof Op.Differentiable differentiable)) {
      throw new GradientException(
          op.name(),
          "gradient",
          "asked for",
          "it is not differentiable; call detach() on its result to treat it as a constant");
    }
    Recording recording = Recording.current();
    if (recording != null) {
      recording.gradientOf(op.name());
    }
    boolean anomalies = Context.current().anomalies();
    @Nullable Variable[] parts =
        anomalies ? watched(differentiable, node) : differentiable.vjp(node);
    if (recording != null) {
      recording.gradientOf(null);
    }
    if (parts.length != node.count()) {
      throw new GradientException(
          op.name(),
          "vjp",
          parts.length + " gradients",
          "it must return one for each of its " + node.count() + " inputs, null where not needed");
    }
    for (int i = 0; i < parts.length; i++) {
      Variable part = parts[i];
      Vjp target = node.parent(i);
      if (part == null || target == null || !target.needed) {
        continue;
      }
      Variable parent = target.output();
      if (anomalies) {
        Anomaly.check(op.name(), "gradient of operand " + i, part.value(), node.output().line());
      }
      if (!parent.shape().broadcastsTo(part.shape()) || part.dtype() != parent.dtype()) {
        throw new GradientException(
            op.name(),
            "vjp of input " + i,
            part.dtype() + part.shape().toString(),
            "it does not fit the input " + parent.dtype() + parent.shape());
      }
      Variable summed = Unbroadcast.to(parent.shape(), part);
      Variable before = target.gradient;
      if (target.rows != null) {
        before = whole(parent, target.rows);
        target.rows = null;
      }
      target.gradient = before == null ? summed : Elementwise.add(before, summed);
      target.owned |= before != null;
    }
  }

  private static @Nullable Variable[] watched(Op.Differentiable op, Vjp node) {
    Anomaly.enterVjp(node.output().line());
    try {
      return op.vjp(node);
    } finally {
      Anomaly.leaveVjp();
    }
  }

  /** Whether the gradient of a leaf may stay rows for now. */
  boolean takesRows(Vjp node) {
    return targets == null
        && node.gradient == null
        && node.rows == null
        && node.output().takesRows()
        && !Context.current().anomalies();
  }

  /** The gradient that rows stand for, when another is to be added to it. */
  private static Variable whole(Variable table, RowGradient rows) {
    Tensor sum = Vjp.like(table.value());
    Kernels kernels = Backends.kernels(sum.device());
    kernels.elementwise().fill(0, sum);
    kernels.indexing().indexAdd(rows.rows(), 0, rows.index(), sum);
    return new Variable(sum, false);
  }

  /** Leaves rows at a leaf, whose index might change before they are used. */
  private static void deposit(Variable leaf, RowGradient rows, @Nullable Scope temporaries) {
    Tensor gradient = rows.rows();
    Tensor index = Tensor.owned(leaf.value().device(), DType.I32, rows.index().shape());
    boolean taken = isWhole(gradient) && temporaries != null && temporaries.take(gradient);
    Tensor own =
        taken ? gradient : Tensor.owned(index.device(), gradient.dtype(), gradient.shape());
    leaf.grad(new RowGradient(index, own));
    ElementwiseKernels kernels = Backends.kernels(index.device()).elementwise();
    kernels.copy(rows.index(), index);
    if (!taken) {
      kernels.copy(gradient, own);
    }
  }

  private static boolean isWhole(Tensor t) {
    return t.isContiguous() && t.layout().offset() == 0 && t.storage().size() == t.size();
  }

  /** Adds a finished gradient to a leaf. */
  private static void deposit(Variable leaf, Tensor gradient, @Nullable Scope temporaries) {
    Tensor sum = leaf.grad();
    if (sum != null) {
      Backends.kernels(sum.device()).elementwise().binary(BinaryOp.ADD, sum, gradient, sum);
      return;
    }
    if (isWhole(gradient) && temporaries != null && temporaries.take(gradient)) {
      // The buffer was made in this walk, so nobody else writes it; resetGrad gives it back.
      leaf.grad(gradient);
      return;
    }
    Tensor copy = Tensor.owned(gradient.device(), gradient.dtype(), gradient.shape());
    // First the leaf, so that a recording knows whose memory the copy is.
    leaf.grad(copy);
    Backends.kernels(copy.device()).elementwise().copy(gradient, copy);
  }
}
