package org.adjoint.layers.train;

import java.util.List;
import org.adjoint.autograd.Variable;
import org.adjoint.layers.data.Batch;
import org.adjoint.tensor.Tensor;

/**
 * A task whose step can be recorded and replayed: computing and counting are apart. {@link Trainer}
 * does so by itself, with the bits of the step as it stands.
 */
public interface RecordableTask extends Task {
  /**
   * Computes the mean loss of a batch, and whatever {@link #count} wants to see. No value is read
   * here: while a step is recorded there are none.
   *
   * @return the loss, a scalar, and then the rest
   */
  List<Variable> outputs(Batch batch);

  /**
   * Counts right answers, if the task knows any.
   *
   * @param outputs the values of {@link #outputs}
   */
  default void count(List<Tensor> outputs, Batch batch, Metrics metrics) {}

  @Override
  default Variable loss(Batch batch, Metrics metrics) {
    List<Variable> outputs = outputs(batch);
    count(outputs.stream().map(Variable::value).toList(), batch, metrics);
    return outputs.get(0);
  }
}
