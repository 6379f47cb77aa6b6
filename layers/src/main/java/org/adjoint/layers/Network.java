package org.adjoint.layers;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.capture.Recording;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Tensor;

/**
 * Anything with parameters: a layer, a model of several layers, a pair of models. It knows its
 * parameters, buffers, random streams and children by name, in the order in which the constructor
 * registered them; names of nested ones are joined by dots, {@code 0.weight}.
 *
 * <p>A network with one input and one output is a {@link Layer}; others offer their own forward
 * methods. The computation itself is not registered anywhere: it is plain Java.
 */
public abstract class Network {
  static final String SEALED_REMEDY =
      "an Inference never changes; to go on training, load the checkpoint into a new network";

  private final LinkedHashMap<String, Parameter> parameters = new LinkedHashMap<>();
  private final LinkedHashMap<String, Tensor> buffers = new LinkedHashMap<>();
  private final LinkedHashMap<String, RandomStream> streams = new LinkedHashMap<>();
  private final LinkedHashMap<String, Network> children = new LinkedHashMap<>();
  private boolean training = true;
  private boolean sealed;

  /** Creates a network in training mode; the subclass registers what it holds. */
  protected Network() {}

  // ---- for constructors of subclasses ---------------------------------------------------------

  /** Registers a parameter that starts with this value, which no scope owns. */
  protected final Parameter parameter(String name, Tensor value) {
    return put(parameters, name, new Parameter(value));
  }

  /** Registers a tensor that is saved with the parameters but not trained. */
  protected final Tensor buffer(String name, Tensor value) {
    return put(buffers, name, value);
  }

  /** Registers a source of random numbers whose position is saved with the parameters. */
  protected final RandomStream stream(String name, RandomStream stream) {
    return put(streams, name, stream);
  }

  /** Registers a part. */
  protected final <N extends Network> N child(String name, N child) {
    put(children, name, child);
    return child;
  }

  private <T> T put(Map<String, T> map, String name, T value) {
    boolean taken =
        parameters.containsKey(name)
            || buffers.containsKey(name)
            || streams.containsKey(name)
            || children.containsKey(name);
    if (taken || name.isEmpty() || name.indexOf('.') >= 0) {
      throw new ArgumentException(
          "network",
          "name",
          "\"" + name + "\"",
          taken ? "it is taken; give each part its own name" : "a name is not empty, without dots");
    }
    map.put(name, value);
    return value;
  }

  // ---- contents -------------------------------------------------------------------------------

  /** Returns all parameters by dotted name, in order. */
  public final Map<String, Parameter> parameters() {
    LinkedHashMap<String, Parameter> all = new LinkedHashMap<>();
    walk("", (prefix, n) -> n.parameters.forEach((name, p) -> all.put(prefix + name, p)));
    return Collections.unmodifiableMap(all);
  }

  /** Returns all buffers (running statistics of batch norm) by dotted name, in order. */
  public final Map<String, Tensor> buffers() {
    LinkedHashMap<String, Tensor> all = new LinkedHashMap<>();
    walk("", (prefix, n) -> n.buffers.forEach((name, b) -> all.put(prefix + name, b)));
    return Collections.unmodifiableMap(all);
  }

  /** Returns all random streams (of dropout) by dotted name, in order. */
  public final Map<String, RandomStream> streams() {
    LinkedHashMap<String, RandomStream> all = new LinkedHashMap<>();
    walk("", (prefix, n) -> n.streams.forEach((name, s) -> all.put(prefix + name, s)));
    return Collections.unmodifiableMap(all);
  }

  /** Returns the direct parts by name, in order. */
  public final Map<String, Network> children() {
    return Collections.unmodifiableMap(children);
  }

  /** Returns the parameters and the buffers by dotted name: what a checkpoint holds. */
  public final Map<String, Tensor> tensors() {
    LinkedHashMap<String, Tensor> all = new LinkedHashMap<>();
    walk(
        "",
        (prefix, n) -> {
          n.parameters.forEach((name, p) -> all.put(prefix + name, p.value()));
          n.buffers.forEach((name, b) -> all.put(prefix + name, b));
        });
    return Collections.unmodifiableMap(all);
  }

  /** Returns the number of elements of all parameters; a shared parameter counts once. */
  public final long parameterCount() {
    return parameters().values().stream().distinct().mapToLong(p -> p.value().size()).sum();
  }

  private void walk(String prefix, BiConsumer<String, Network> visitor) {
    visitor.accept(prefix, this);
    children.forEach((name, child) -> child.walk(prefix + name + ".", visitor));
  }

  // ---- modes ----------------------------------------------------------------------------------

  /** Returns whether this network is in training mode; it is at first. */
  public final boolean isTraining() {
    Recording recording = Recording.current();
    if (recording != null) {
      recording.guard(this, getClass().getSimpleName() + ".isTraining", () -> training);
    }
    return training;
  }

  /**
   * Enters training mode: dropout drops, batch norm uses and updates statistics of the batch.
   *
   * @throws ArgumentException if the network belongs to an {@link Inference}
   */
  public final void train() {
    mode(true);
  }

  /** Enters evaluation mode: dropout passes, batch norm uses its running statistics. */
  public final void eval() {
    mode(false);
  }

  /** Enters the given mode. */
  public final void mode(boolean train) {
    if (train && sealed) {
      throw new ArgumentException("train", "network", "part of an Inference", SEALED_REMEDY);
    }
    walk("", (prefix, n) -> n.training = train);
  }

  /**
   * Lets every parameter be trained, or leaves it as it is: then no gradient is computed for it,
   * and optimizers pass it over. Parts may be told apart, {@code model.children().get("0")}.
   *
   * @throws ArgumentException if they shall be trained and belong to an {@link Inference}
   */
  public final void trainable(boolean on) {
    parameters().values().forEach(p -> p.trainable(on));
  }

  /** Forgets all gradients. */
  public final void resetGradients() {
    parameters().values().forEach(Parameter::resetGradient);
  }

  /** Returns whether the network belongs to an {@link Inference} and never changes again. */
  public final boolean isSealed() {
    return sealed;
  }

  final void seal() {
    eval();
    walk(
        "",
        (prefix, n) -> {
          n.sealed = true;
          n.parameters.values().forEach(Parameter::seal);
        });
  }
}
