package org.adjoint.layers.models;

import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.ElementLosses;
import org.adjoint.autograd.ops.Indexing;
import org.adjoint.autograd.ops.Reductions;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Network;
import org.adjoint.tensor.Tensor;

/**
 * Deep Q-learning (Mnih et al., 2015): a network estimates the value of each action, and learns
 * from r + γ·max Q′(next state), where Q′ is a copy that follows from time to time.
 */
public final class DeepQ extends Network {
  private final Layer online;
  private final Layer target;
  private final double discount;

  /**
   * Creates the pair.
   *
   * @param online what is trained, from states to the values of actions
   * @param target a network like it; it is frozen
   * @param discount γ
   */
  public DeepQ(Layer online, Layer target, double discount) {
    this.online = child("online", online);
    this.target = child("target", target);
    this.discount = discount;
    target.trainable(false);
  }

  /** Returns the network that is trained. */
  public Layer online() {
    return online;
  }

  /** Copies the trained parameters into the target network. */
  public void synchronize() {
    online
        .tensors()
        .forEach(
            (name, from) -> {
              Tensor to = target.tensors().get(name);
              if (to != null) {
                Backends.kernels(to.device()).elementwise().copy(from, to);
              }
            });
  }

  /**
   * Returns the mean of Huber's loss (δ = 1) of the values of the actions that were taken and what
   * they turned out to be worth.
   *
   * @param states [batch, …]
   * @param actions int32 [batch, 1]
   * @param rewards [batch]
   * @param next the states that followed
   * @param done [batch]: 1 where the episode ended, else 0
   */
  public Variable loss(
      Variable states, Tensor actions, Variable rewards, Variable next, Variable done) {
    Variable worth;
    try (Graph.NoGrad _ = Graph.noGrad()) {
      Variable best = Reductions.max(target.forward(next), 1);
      worth = rewards.add(done.neg().add(1).mul(discount).mul(best));
    }
    Variable values = Indexing.gather(online.forward(states), 1, actions).reshape(-1);
    return ElementLosses.huber(values, worth, 1).mean();
  }
}
