package org.adjoint.autograd.view;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A computation graph as text or as DOT for Graphviz, with shapes, values and gradients. A graph
 * must be drawn before backpropagation frees it, or backpropagation must keep it. Backpropagation
 * leaves gradients on parameters only; {@link #gradients} computes those of every node.
 *
 * <pre>{@code
 * %0 = parameter w [2] = [1, 2]
 * %1 = mul(%0, %0) [2] = [1, 4]
 * %2 = sum(%1) [] = 5
 * }</pre>
 */
public final class GraphText {
  private static final int VALUES = 6;

  private final List<Variable> order = new ArrayList<>();
  private final IdentityHashMap<Variable, Integer> numbers = new IdentityHashMap<>();
  private final IdentityHashMap<Variable, String> names = new IdentityHashMap<>();

  private final Map<Variable, Tensor> gradients;

  private GraphText(Variable root, Map<String, Variable> named, Map<Variable, Tensor> gradients) {
    this.gradients = gradients;
    for (Map.Entry<String, Variable> e : named.entrySet()) {
      names.put(e.getValue(), e.getKey());
    }
    sort(root);
    for (Variable v : order) {
      numbers.put(v, numbers.size());
    }
  }

  /** Returns one line a node, operands before results. */
  public static String text(Variable root) {
    return text(root, Map.of());
  }

  /** As {@link #text(Variable)}, with some nodes called by name. */
  public static String text(Variable root, Map<String, Variable> named) {
    return text(root, named, Map.of());
  }

  /**
   * As {@link #text(Variable, Map)}, with gradients of any nodes, such as {@link #gradients} gives;
   * a node that is not in the map shows its {@link Variable#grad}.
   */
  public static String text(
      Variable root, Map<String, Variable> named, Map<Variable, Tensor> gradients) {
    return new GraphText(root, named, gradients).lines();
  }

  /** Returns the graph in the DOT language; {@code dot -Tsvg} draws it. */
  public static String dot(Variable root) {
    return dot(root, Map.of());
  }

  /** As {@link #dot(Variable)}, with some nodes called by name. */
  public static String dot(Variable root, Map<String, Variable> named) {
    return dot(root, named, Map.of());
  }

  /** As {@link #dot(Variable, Map)}, with gradients; see {@link #text(Variable, Map, Map)}. */
  public static String dot(
      Variable root, Map<String, Variable> named, Map<Variable, Tensor> gradients) {
    return new GraphText(root, named, gradients).dotLines();
  }

  /**
   * Returns the gradient of a scalar by every node of its graph that has one, the intermediate
   * results included. The graph stays, and no {@link Variable#grad} changes.
   *
   * @throws org.adjoint.autograd.GradientException as {@link Backprop#backward}
   */
  public static Map<Variable, Tensor> gradients(Variable root) {
    List<Variable> nodes = new ArrayList<>();
    for (Variable v : new GraphText(root, Map.of(), Map.of()).order) {
      if (v.requiresGrad()) {
        nodes.add(v);
      }
    }
    List<Variable> values = Backprop.gradients(root, nodes, false);
    Map<Variable, Tensor> gradients = new HashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      gradients.put(nodes.get(i), values.get(i).value());
    }
    return gradients;
  }

  private @Nullable Tensor gradient(Variable v) {
    Tensor given = gradients.get(v);
    return given == null ? v.grad() : given;
  }

  /** Sorts without recursion, so that long chains do not overflow the stack. */
  private void sort(Variable root) {
    IdentityHashMap<Variable, int[]> next = new IdentityHashMap<>();
    ArrayDeque<Variable> path = new ArrayDeque<>();
    path.push(root);
    while (!path.isEmpty()) {
      Variable node = path.peek();
      int[] position = next.computeIfAbsent(node, k -> new int[1]);
      Variable[] parents = node.parents();
      if (position[0] < parents.length) {
        Variable parent = parents[position[0]++];
        if (!next.containsKey(parent)) {
          path.push(parent);
        }
      } else {
        order.add(path.pop());
      }
    }
  }

  private String lines() {
    StringBuilder s = new StringBuilder();
    for (Variable v : order) {
      s.append('%').append(number(v)).append(" = ").append(kind(v));
      Variable[] parents = v.parents();
      for (int i = 0; i < parents.length; i++) {
        s.append(i == 0 ? "(%" : ", %").append(number(parents[i]));
      }
      s.append(parents.length > 0 ? ")" : "");
      String name = names.get(v);
      s.append(name == null ? "" : " " + name);
      s.append(' ').append(v.shape()).append(" = ").append(values(v.value()));
      Tensor grad = gradient(v);
      s.append(grad == null ? "" : "  grad " + values(grad)).append('\n');
    }
    return s.toString();
  }

  private String dotLines() {
    StringBuilder s =
        new StringBuilder("digraph {\n  rankdir=LR;\n  node [fontname=\"Helvetica\"];\n");
    for (Variable v : order) {
      int n = number(v);
      String name = names.get(v);
      Tensor grad = gradient(v);
      s.append("  n").append(n).append(" [shape=").append(v.op() == null ? "box" : "ellipse");
      s.append(", label=\"").append(escape(kind(v) + (name == null ? "" : " " + name)));
      s.append("\\n").append(v.shape()).append("\\n").append(values(v.value()));
      s.append(grad == null ? "" : "\\ngrad " + values(grad)).append("\"];\n");
      Set<Integer> drawn = new HashSet<>();
      for (Variable parent : v.parents()) {
        // An operand used twice, as in a * a, is one arrow with a count.
        int p = number(parent);
        if (drawn.add(p)) {
          int times = 0;
          for (Variable other : v.parents()) {
            times += other == parent ? 1 : 0;
          }
          s.append("  n").append(p).append(" -> n").append(n);
          s.append(times > 1 ? " [label=\"" + times + "x\"]" : "").append(";\n");
        }
      }
    }
    return s.append("}\n").toString();
  }

  private int number(Variable v) {
    return Objects.requireNonNull(numbers.get(v));
  }

  private static String kind(Variable v) {
    Op op = v.op();
    return op != null
        ? op.name()
        : v.isFreed() ? "freed" : v.requiresGrad() ? "parameter" : "constant";
  }

  private static String escape(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  /** The first few elements, or that the memory is gone. */
  private static String values(@Nullable Tensor t) {
    if (t == null || t.storage().isReleased()) {
      return "released";
    }
    double[] v = t.toDoubleArray();
    StringBuilder s = new StringBuilder(t.rank() == 0 ? "" : "[");
    for (int i = 0; i < Math.min(v.length, VALUES); i++) {
      s.append(i == 0 ? "" : ", ").append(String.format(Locale.ROOT, "%.4g", v[i]));
    }
    s.append(v.length > VALUES ? ", ..." : "");
    return s.append(t.rank() == 0 ? "" : "]").toString();
  }
}
