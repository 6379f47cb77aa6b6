package org.adjoint.autograd.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The checker checked: every op of the catalogue gets, one at a time and for each of its operands,
 * a wrong gradient, and {@link GradCheck} must find it. Ops that occur only inside gradients are
 * spoilt there and looked for by the second-order check.
 */
public final class Faults {
  /** How often a fault is planted where it shows, and tried where it may not. */
  private static final int PLANTED = 4;

  private static final int TRIED = 40;
  private static final int LARGEST = 64;

  /**
   * What became of the faults.
   *
   * @param planted faults that changed a gradient, each an op, an operand, a fault and a case
   * @param found those that the gradient check found
   * @param missed a line for each of the others
   * @param harmless op, operand and fault that changed no gradient of any case, such as a dropped
   *     sum where nothing is broadcast
   * @param kinds how many different pairs of op and operand were spoilt
   */
  public record Summary(
      int planted, int found, List<String> missed, List<String> harmless, int kinds) {
    /** Returns the summary as a row of the published table; error counts what was missed. */
    public CheckRow row(Backend backend) {
      return new CheckRow(
          "planted faults",
          "faults",
          backend.name(),
          DType.F64.toString(),
          "GradCheck",
          planted,
          missed.size(),
          0,
          missed.isEmpty() && planted > 0);
    }
  }

  /** The class tells apart ops of one name: the max of two tensors and that along an axis. */
  private record Key(Class<?> type, String op, int operand, Fault fault) {
    boolean fits(Op other) {
      return other.getClass() == type && other.name().equals(op);
    }

    @Override
    public String toString() {
      return op + ", operand " + operand + ", " + fault;
    }
  }

  private final Backend backend;
  private final Map<Key, int[]> tries = new LinkedHashMap<>();
  private final Map<Key, int[]> effective = new HashMap<>();
  private final List<String> missed = new ArrayList<>();
  private int planted;

  private Faults(Backend backend) {
    this.backend = backend;
  }

  /** Plants all faults in all ops. */
  public static Summary run(Catalogue catalogue, Backend backend) {
    Faults faults = new Faults(backend);
    for (int order = 1; order <= 2; order++) {
      for (OpCase c : catalogue.cases()) {
        if (c.isDifferentiable() && size(c) > 0 && size(c) <= LARGEST) {
          faults.plant(c, order);
        }
      }
    }
    return faults.summary();
  }

  private static int size(OpCase c) {
    int total = 0;
    for (Input input : c.inputs()) {
      total += input.shape().size();
    }
    return total;
  }

  private Summary summary() {
    List<String> harmless = new ArrayList<>();
    Map<String, Boolean> kinds = new HashMap<>();
    for (Key k : tries.keySet()) {
      if (effective.containsKey(k)) {
        kinds.put(k.type() + k.op() + k.operand(), true);
      } else {
        harmless.add(k.toString());
      }
    }
    return new Summary(
        planted, planted - missed.size(), List.copyOf(missed), harmless, kinds.size());
  }

  private void plant(OpCase c, int order) {
    try (Scope _ = Scope.open()) {
      Variable[] inputs = c.variables(backend, DType.F64);
      List<Variable> wanted = new ArrayList<>();
      for (Variable v : inputs) {
        if (v.requiresGrad()) {
          wanted.add(v);
        }
      }
      Variable root = c.apply(inputs);
      Variable seed = Variable.parameter(GradCheck.projection(root));
      if (order == 2) {
        root = GradCheck.projectedGradient(root, seed, wanted);
        wanted.add(seed);
        seed = Variable.of(Tensor.scalar(backend, DType.F64, 1));
      }
      if (!root.requiresGrad()) {
        return;
      }
      for (Variable node : firstOfEachName(root)) {
        plant(c, order, node, root, seed, wanted);
      }
    }
  }

  private void plant(
      OpCase c, int order, Variable node, Variable root, Variable seed, List<Variable> wanted) {
    Op op = node.op();
    for (int operand = 0; op != null && operand < node.parents().length; operand++) {
      if (!node.parents()[operand].requiresGrad()) {
        continue;
      }
      for (Fault fault : Fault.values()) {
        Key key = new Key(op.getClass(), op.name(), operand, fault);
        int[] tried = tries.computeIfAbsent(key, k -> new int[1]);
        int[] shown = effective.getOrDefault(key, new int[1]);
        if (shown[0] >= PLANTED || tried[0] >= TRIED) {
          continue;
        }
        tried[0]++;
        Rewrite rewrite = new Rewrite(key);
        Backprop.gradients(rewrite.apply(root), seed.detach(), wanted, false);
        if (!rewrite.shows) {
          continue;
        }
        effective.put(key, shown);
        shown[0]++;
        planted++;
        GradReport report =
            GradCheck.run(
                c.op(), c::apply, c.variables(backend, DType.F64), order, new Rewrite(key), null);
        if (report.ok()) {
          missed.add(key + ", order " + order + ", in " + c.id());
        }
      }
    }
  }

  private static List<Variable> firstOfEachName(Variable root) {
    Map<String, Variable> first = new LinkedHashMap<>();
    for (Variable node : RunningSum.order(root)) {
      if (node.op() instanceof Op.Differentiable op) {
        first.putIfAbsent(op.getClass().getName() + op.name(), node);
      }
    }
    return List.copyOf(first.values());
  }

  /** Rebuilds a graph with one spoilt node: the first with the name of the key. */
  private static final class Rewrite implements UnaryOperator<Variable> {
    private final Key key;
    private boolean shows;

    Rewrite(Key key) {
      this.key = key;
    }

    @Override
    public Variable apply(Variable root) {
      IdentityHashMap<Variable, Variable> rebuilt = new IdentityHashMap<>();
      boolean spoilt = false;
      for (Variable node : RunningSum.order(root)) {
        if (!(node.op() instanceof Op.Differentiable op)) {
          continue;
        }
        Variable[] parents = node.parents().clone();
        boolean changed = false;
        for (int i = 0; i < parents.length; i++) {
          Variable parent = rebuilt.get(parents[i]);
          if (parent != null) {
            parents[i] = parent;
            changed = true;
          }
        }
        boolean here =
            !spoilt
                && key.fits(op)
                && key.operand() < parents.length
                && parents[key.operand()].requiresGrad();
        if (here || changed) {
          rebuilt.put(node, Graph.apply(new Replay(op, node.value(), here ? this : null), parents));
          spoilt |= here;
        }
      }
      return rebuilt.getOrDefault(root, root);
    }
  }

  /** Stands for an op whose result is known; spoils one gradient if asked to. */
  private record Replay(Op.Differentiable op, Tensor result, @Nullable Rewrite rewrite)
      implements Op.Differentiable {
    @Override
    public String name() {
      return op.name();
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      return result;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      @Nullable Variable[] parts = op.vjp(v).clone();
      if (rewrite != null) {
        int operand = rewrite.key.operand();
        Variable g = parts[operand];
        if (g != null) {
          Variable wrong = rewrite.key.fault().apply(g, v.input(operand).shape());
          rewrite.shows |= Fault.differs(g, wrong);
          parts[operand] = wrong;
        }
      }
      return parts;
    }
  }
}
