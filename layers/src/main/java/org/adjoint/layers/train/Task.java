package org.adjoint.layers.train;

import org.adjoint.autograd.Variable;
import org.adjoint.layers.Network;
import org.adjoint.layers.data.Batch;

/** What a network is trained to do: the loss of a batch. */
public interface Task {
  /** Returns the network whose parameters are trained. */
  Network network();

  /**
   * Computes the mean loss of a batch.
   *
   * @param batch the samples
   * @param metrics where to count right answers, if the task knows any; the caller counts the loss
   * @return a scalar
   */
  Variable loss(Batch batch, Metrics metrics);
}
