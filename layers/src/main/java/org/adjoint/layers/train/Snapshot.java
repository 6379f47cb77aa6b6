package org.adjoint.layers.train;

import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.adjoint.autograd.RandomStream;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Network;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.tensor.Tensor;

/**
 * All that a training step changes, copied in memory: the parameters and buffers of a network, the
 * positions of its random streams, and the optimizer's state and learning rate. A step that fails
 * half-way, out of memory say, may have moved some of them and not others; put back, they train on
 * with the same bits as if it had never begun.
 *
 * <pre>{@code
 * Snapshot before = Snapshot.of(model, optimizer);
 * try {
 *   step(batch);
 * } catch (MemoryException e) {
 *   before.restore();
 *   step(firstHalf(batch));
 *   step(secondHalf(batch));
 * }
 * }</pre>
 *
 * <p>{@link Trainer#save} keeps the same and the progress through the data in a file.
 */
public final class Snapshot {
  private final Network network;
  private final Optimizer optimizer;
  private final Map<String, Tensor> tensors;
  private final IdentityHashMap<RandomStream, Long> positions = new IdentityHashMap<>();
  private final Map<String, Tensor> state;
  private final double learningRate;
  private final double momentum;

  private Snapshot(Network network, Optimizer optimizer) {
    this.network = network;
    this.optimizer = optimizer;
    tensors = copies(network.tensors());
    network.streams().values().forEach(s -> positions.put(s, s.offset()));
    state = copies(optimizer.state());
    learningRate = optimizer.learningRate();
    momentum = optimizer.momentum();
  }

  /**
   * Copies what the next step of a training will change.
   *
   * @throws org.adjoint.tensor.MemoryException if there is no room for the copies
   */
  public static Snapshot of(Network network, Optimizer optimizer) {
    return new Snapshot(network, optimizer);
  }

  /**
   * Puts everything back and forgets all gradients. It may be called any number of times.
   *
   * @throws org.adjoint.tensor.MemoryException if the optimizer has forgotten its state, and there
   *     is no room to make it anew
   */
  public void restore() {
    network.resetGradients();
    optimizer.restore(state);
    optimizer.learningRate(learningRate);
    if (momentum > 0) {
      optimizer.momentum(momentum);
    }
    network.tensors().forEach((name, t) -> copy(Objects.requireNonNull(tensors.get(name)), t));
    positions.forEach(RandomStream::offset);
  }

  private static Map<String, Tensor> copies(Map<String, Tensor> originals) {
    LinkedHashMap<String, Tensor> copies = new LinkedHashMap<>();
    originals.forEach(
        (name, t) -> {
          Tensor mine = Tensor.owned(t.device(), t.dtype(), t.shape());
          copy(t, mine);
          copies.put(name, mine);
        });
    return copies;
  }

  private static void copy(Tensor from, Tensor to) {
    Backends.kernels(to.device()).elementwise().copy(from, to);
  }
}
