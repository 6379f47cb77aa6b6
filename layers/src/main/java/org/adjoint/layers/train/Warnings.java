package org.adjoint.layers.train;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.layers.Network;
import org.adjoint.layers.Parameter;
import org.adjoint.tensor.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Early warning of the usual mistakes, read off the graph of a result before {@code backward()}.
 * {@link Trainer} looks at its first step; a loop of one's own may look at any.
 *
 * <pre>{@code
 * Warnings.inspect(model, loss).forEach(System.err::println);
 * loss.backward();
 * }</pre>
 *
 * <p>Each may be meant so; then pass it over by its id.
 */
public final class Warnings {
  /** Gradients of an earlier step are still there. */
  public static final String GRADIENTS_NOT_RESET = "gradients-not-reset";

  /** A loss that takes logits is given probabilities. */
  public static final String SOFTMAX_BEFORE_CROSS_ENTROPY = "softmax-before-cross-entropy";

  /** Dropout drops, or batch norm uses its batch, where nothing is learned. */
  public static final String TRAINING_MODE_IN_EVALUATION = "training-mode-in-evaluation";

  /** The loss does not depend on a trainable parameter. */
  public static final String PARAMETER_WITHOUT_GRADIENT = "parameter-without-gradient";

  /** Two operands of different ranks have both been repeated. */
  public static final String SILENT_BROADCAST = "silent-broadcast";

  private static final Set<String> BINARY =
      Stream.of(BinaryOp.values()).map(BinaryOp::label).collect(Collectors.toUnmodifiableSet());
  private static final Set<String> VIEWS = Set.of("reshape", "permute", "transpose", "slice");

  private Warnings() {}

  /**
   * Looks for mistakes; nothing is changed, and no value is read.
   *
   * @param network that was used
   * @param result the loss before {@code backward()}, or the output of an evaluation
   * @return what was found, each kind once
   */
  public static List<Warning> inspect(Network network, Variable result) {
    Map<String, Warning> found = new LinkedHashMap<>();
    boolean random = !network.streams().isEmpty();
    if (!result.requiresGrad()) {
      if (network.isTraining() && (random || !network.buffers().isEmpty())) {
        put(
            found,
            TRAINING_MODE_IN_EVALUATION,
            "a result without gradients was computed in training mode, where "
                + (random ? "dropout drops" : "batch norm uses the batch")
                + "; call eval() before evaluating, and train() before going on");
      }
      return List.copyOf(found.values());
    }
    Set<Variable> reached = walk(result, found);
    List<String> without = new ArrayList<>();
    List<String> old = new ArrayList<>();
    for (Map.Entry<String, Parameter> p : network.parameters().entrySet()) {
      if (p.getValue().isTrainable() && !reached.contains(p.getValue().variable())) {
        without.add(p.getKey());
      } else if (p.getValue().hasGradient()) {
        old.add(p.getKey());
      }
    }
    if (!without.isEmpty()) {
      put(
          found,
          PARAMETER_WITHOUT_GRADIENT,
          "the loss does not depend on "
              + without
              + ", which will never change; use them, freeze them with trainable(false), or look"
              + " for a detach() or a value that was read out and put back");
    }
    if (!old.isEmpty()) {
      put(
          found,
          GRADIENTS_NOT_RESET,
          "gradients of an earlier step are still there, of "
              + old.get(0)
              + " and "
              + (old.size() - 1)
              + " others, and this step's would be added; call resetGradients() at its start,"
              + " unless you accumulate on purpose");
    }
    return List.copyOf(found.values());
  }

  private static void put(Map<String, Warning> found, String id, String sentence) {
    found.putIfAbsent(id, new Warning(id, sentence));
  }

  /** Visits everything that the result was computed from. */
  private static Set<Variable> walk(Variable result, Map<String, Warning> found) {
    Set<Variable> reached = Collections.newSetFromMap(new IdentityHashMap<>());
    ArrayDeque<Variable> next = new ArrayDeque<>(List.of(result));
    while (!next.isEmpty()) {
      Variable v = next.pop();
      if (reached.add(v) && v.op() != null) {
        look(v, found);
        next.addAll(List.of(v.parents()));
      }
    }
    return reached;
  }

  private static void look(Variable v, Map<String, Warning> found) {
    String name = name(v);
    Variable[] parents = v.parents();
    boolean logits =
        name.contains("cross_entropy")
            || name.equals("log_softmax")
            || name.startsWith(BinaryOp.BCE_LOGITS.label());
    if (logits) {
      String source = source(parents[0]);
      if (source.equals("softmax") || source.equals("sigmoid")) {
        put(
            found,
            SOFTMAX_BEFORE_CROSS_ENTROPY,
            name + " takes logits and was given the result of " + source + "; leave that out");
      }
    }
    if (parents.length == 2 && BINARY.contains(name)) {
      Shape a = parents[0].shape();
      Shape b = parents[1].shape();
      if (a.rank() != b.rank() && !v.shape().equals(a) && !v.shape().equals(b)) {
        put(
            found,
            SILENT_BROADCAST,
            name
                + " of "
                + a
                + " and "
                + b
                + " repeats both, to "
                + v.shape()
                + "; reshape one of them if they were meant to match element by element");
      }
    }
  }

  private static String name(Variable v) {
    Op op = v.op();
    return op == null ? "" : op.name();
  }

  /** What made a value, views of it passed over. */
  private static String source(Variable v) {
    @Nullable Variable at = v;
    while (VIEWS.contains(name(at))) {
      at = at.parents()[0];
    }
    return name(at);
  }
}
