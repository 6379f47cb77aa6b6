package org.adjoint.autograd.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
 * spoilt there and looked for by the second-order check. Nodes of one name in a graph are spoilt
 * each by itself: a product gives two gradients of one name, of which only one depends on the first
 * factor. A fault in the first of them counts if it changes the op's own gradient and the whole at
 * all; one in a further node, whose share of the whole may cancel, if it changes the whole by more
 * than twice the bound of {@link GradCheck}.
 */
public final class Faults {
  /** How often a fault is planted where it shows; it is tried until it does. */
  private static final int PLANTED = 4;

  private static final int LARGEST = 64;

  /**
   * What became of the faults.
   *
   * @param planted faults that changed a gradient, each an op, an operand, a fault and a case
   * @param found those that the gradient check found
   * @param missed a line for each of the others
   * @param effective op with its class, operand and fault that changed a gradient of some case
   * @param harmless op, operand and fault that changed no gradient of any case, such as a dropped
   *     sum where nothing is broadcast
   * @param kinds how many different pairs of op and operand were spoilt
   */
  public record Summary(
      int planted,
      int found,
      List<String> missed,
      List<String> effective,
      List<String> harmless,
      int kinds) {
    /** Returns the summary as a row of the published table; error counts what was missed. */
    public CheckRow row(Backend backend) {
      return Faults.row(backend, planted, missed.size(), missed.isEmpty() && planted > 0);
    }
  }

  static CheckRow row(Backend backend, int planted, double error, boolean ok) {
    return new CheckRow(
        "planted faults",
        "faults",
        backend.name(),
        DType.F64.toString(),
        "GradCheck",
        planted,
        0,
        0,
        error,
        0,
        ok);
  }

  /** The class tells apart ops of one name: the max of two tensors and that along an axis. */
  private record Key(Class<?> type, String op, int operand, Fault fault) {
    boolean fits(Op other) {
      return other.getClass() == type && other.name().equals(op);
    }

    @Override
    public String toString() {
      return op + " (" + type.getSimpleName() + "), operand " + operand + ", " + fault;
    }
  }

  /** The n-th node of a graph, from its operands on, whose op has the class and name of a key. */
  private record Place(Key key, int ordinal) {}

  private final Backend backend;
  private final Map<Place, int[]> tries = new LinkedHashMap<>();
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
    Set<String> effective = new LinkedHashSet<>();
    Set<String> harmless = new LinkedHashSet<>();
    Set<String> kinds = new HashSet<>();
    tries.forEach(
        (place, shown) -> {
          Key k = place.key();
          if (shown[0] > 0) {
            effective.add(k.toString());
            kinds.add(k.type() + k.op() + k.operand());
          } else {
            harmless.add(k.toString());
          }
        });
    harmless.removeAll(effective);
    return new Summary(
        planted,
        planted - missed.size(),
        List.copyOf(missed),
        List.copyOf(effective),
        List.copyOf(harmless),
        kinds.size());
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
      GradCheck check = new GradCheck(c.op(), c::apply, c.variables(backend, DType.F64));
      Map<String, int[]> seen = new HashMap<>();
      for (Variable node : RunningSum.order(root)) {
        if (node.op() instanceof Op.Differentiable op) {
          int[] count = seen.computeIfAbsent(op.getClass() + op.name(), k -> new int[1]);
          plant(c, check, order, node, op, count[0]++, root, seed, wanted);
        }
      }
    }
  }

  private void plant(
      OpCase c,
      GradCheck check,
      int order,
      Variable node,
      Op op,
      int ordinal,
      Variable root,
      Variable seed,
      List<Variable> wanted) {
    Variable[] parents = node.parents();
    List<Variable> right = Backprop.gradients(root, seed.detach(), wanted, false);
    for (int operand = 0; operand < parents.length; operand++) {
      if (!parents[operand].requiresGrad()) {
        continue;
      }
      for (Fault fault : Fault.values()) {
        Key key = new Key(op.getClass(), op.name(), operand, fault);
        Place place = new Place(key, ordinal);
        int[] shown = tries.computeIfAbsent(place, k -> new int[1]);
        if (shown[0] >= PLANTED) {
          continue;
        }
        Rewrite rewrite = new Rewrite(place);
        List<Variable> spoilt =
            Backprop.gradients(rewrite.apply(root), seed.detach(), wanted, false);
        if (!rewrite.shows || !differs(right, spoilt, ordinal > 0)) {
          continue;
        }
        shown[0]++;
        planted++;
        if (check.run(order, new Rewrite(place), null).ok()) {
          missed.add(key + ", node " + ordinal + ", order " + order + ", in " + c.id());
        }
      }
    }
  }

  /** Whether a number differs: at all, or by more than a check must see. */
  private static boolean differs(List<Variable> right, List<Variable> spoilt, boolean visibly) {
    for (int k = 0; k < right.size(); k++) {
      double[] x = right.get(k).value().toDoubleArray();
      double[] y = spoilt.get(k).value().toDoubleArray();
      for (int i = 0; i < x.length; i++) {
        double bound = GradCheck.ABSOLUTE + GradCheck.RELATIVE * Math.abs(x[i]);
        if (!(Math.abs(x[i] - y[i]) <= (visibly ? 2 * bound : 0))) {
          return true;
        }
      }
    }
    return false;
  }

  /** Rebuilds a graph with one spoilt node. */
  private static final class Rewrite implements UnaryOperator<Variable> {
    private final Key key;
    private final int ordinal;
    private boolean shows;

    Rewrite(Place place) {
      key = place.key();
      ordinal = place.ordinal();
    }

    @Override
    public Variable apply(Variable root) {
      IdentityHashMap<Variable, Variable> rebuilt = new IdentityHashMap<>();
      int met = 0;
      for (Variable node : RunningSum.order(root)) {
        if (!(node.op() instanceof Op.Differentiable op)) {
          continue;
        }
        Variable[] parents = node.parents();
        boolean changed = false;
        for (int i = 0; i < parents.length; i++) {
          Variable parent = rebuilt.get(parents[i]);
          if (parent != null) {
            parents[i] = parent;
            changed = true;
          }
        }
        boolean here = key.fits(op) && met++ == ordinal;
        if (here || changed) {
          rebuilt.put(node, Graph.apply(new Replay(op, node.value(), here ? this : null), parents));
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
