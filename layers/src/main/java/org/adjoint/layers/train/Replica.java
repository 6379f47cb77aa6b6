package org.adjoint.layers.train;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import org.adjoint.autograd.RandomStream;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Pieces;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Network;
import org.adjoint.layers.Parameter;
import org.adjoint.layers.data.Batch;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The network of one device of {@link DataParallel}. Its gradients go in one piece, one behind the
 * other, and so do its parameters: a transfer costs more than what it carries.
 */
final class Replica {
  /** How far apart the random streams of two devices go on. */
  private static final int APART = 40;

  private final Device device;
  private final RecordableTask task;
  private final int number;
  private final Network network;
  private final List<Parameter> parameters;
  private final List<RandomStream> streams;
  private final Tensor flat;

  /** Which parameters had a gradient when the step was computed or recorded last. */
  private List<Parameter> used = List.of();

  private @Nullable TrainingStep step;
  private boolean recordable = true;
  private List<Tensor> outputs = List.of();

  Replica(RecordableTask task, int number) {
    this.task = task;
    this.number = number;
    network = task.network();
    parameters = List.copyOf(new LinkedHashSet<>(network.parameters().values()));
    streams = List.copyOf(network.streams().values());
    if (parameters.isEmpty()) {
      throw new ArgumentException(
          "data_parallel", "network", network, "it has no parameters; there is nothing to train");
    }
    device = parameters.getFirst().value().device();
    DType dtype = parameters.getFirst().value().dtype();
    long size = 0;
    for (Parameter p : parameters) {
      if (p.value().device() != device || p.value().dtype() != dtype) {
        throw new ArgumentException(
            "data_parallel",
            "a parameter of the network for " + device.name(),
            p.value().dtype() + " on " + p.value().device().name(),
            "all must be " + dtype + " and on one device");
      }
      size += p.value().size();
    }
    flat = Tensor.owned(device, dtype, Shape.of(Math.toIntExact(size)));
  }

  void requireLike(Replica first) {
    List<Shape> shapes = parameters.stream().map(p -> p.value().shape()).toList();
    List<Shape> expected = first.parameters.stream().map(p -> p.value().shape()).toList();
    if (!shapes.equals(expected) || streams.size() != first.streams.size()) {
      throw new ArgumentException(
          "data_parallel",
          "the network for " + device.name(),
          shapes,
          "it must be like that of the first device, " + expected);
    }
  }

  Device device() {
    return device;
  }

  RecordableTask task() {
    return task;
  }

  List<Tensor> buffers() {
    return List.copyOf(network.buffers().values());
  }

  /** Returns where all parameters lie one behind the other. */
  Tensor flat() {
    return flat;
  }

  /** Returns new memory for all gradients. */
  Tensor room() {
    return Tensor.owned(device, flat.dtype(), gradient().shape());
  }

  private static void copy(Tensor from, Tensor to) {
    Backends.kernels(to.device()).elementwise().copy(from, to);
  }

  private static Tensor piece(Tensor all, int from, Tensor like) {
    return all.slice(0, from, from + like.size()).reshape(like.shape().toArray());
  }

  /** Copies the parameters into one piece. */
  Tensor gather() {
    int at = 0;
    for (Parameter p : parameters) {
      copy(p.value(), piece(flat, at, p.value()));
      at += p.value().size();
    }
    return flat;
  }

  /** Copies the parameters out of one piece. */
  void scatter() {
    int at = 0;
    for (Parameter p : parameters) {
      copy(piece(flat, at, p.value()), p.value());
      at += p.value().size();
    }
  }

  /** Computes the gradients of a part of the batch, in the mode of the first replica. */
  void compute(Batch part, Replica first) {
    if (this != first) {
      network.mode(first.network.isTraining());
      for (int i = 0; i < streams.size(); i++) {
        streams.get(i).offset(first.streams.get(i).offset() + ((long) number << APART));
      }
    }
    if (recordable && step == null) {
      try {
        step = TrainingStep.capture(network, this::gradients, part);
      } catch (AdjointException e) {
        // It reads values, say. Nothing has changed, and steps are computed as they stand.
        recordable = false;
      }
    }
    outputs =
        step == null
            ? gradients(List.of(part)).stream().map(Variable::value).toList()
            : step.run(part);
  }

  /** What the task gives, and behind it the gradients in one piece. */
  private List<Variable> gradients(List<Batch> batch) {
    network.resetGradients();
    List<Variable> given = new ArrayList<>(task.outputs(batch.getFirst()));
    given.getFirst().backward();
    used = parameters.stream().filter(p -> p.hasGradient() && p.isTrainable()).toList();
    Variable[] pieces = new Variable[used.size()];
    for (int i = 0; i < pieces.length; i++) {
      Tensor gradient = Objects.requireNonNull(used.get(i).gradient());
      pieces[i] = Variable.of(gradient.reshape(gradient.size()));
    }
    given.add(Pieces.concat(0, pieces));
    return given;
  }

  /** Returns the gradients of the last part in one piece. */
  Tensor gradient() {
    return outputs.getLast();
  }

  /** Changes the parameters along a gradient. */
  void update(Optimizer optimizer, Tensor gradients) {
    int at = 0;
    for (Parameter p : used) {
      Tensor own = p.gradient();
      if (own == null) {
        own = Tensor.owned(device, p.value().dtype(), p.value().shape());
        p.gradient(own);
      }
      copy(piece(gradients, at, own), own);
      at += own.size();
    }
    optimizer.step();
  }

  /** Counts what the task knows of a part; returns its mean loss. */
  double count(Batch part, Metrics metrics) {
    task.count(outputs.subList(0, outputs.size() - 1), part, metrics);
    return outputs.getFirst().item();
  }
}
