package org.adjoint.layers.train;

import java.util.List;
import org.adjoint.autograd.Variable;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Network;
import org.adjoint.layers.data.Batch;
import org.adjoint.layers.loss.BinaryCrossEntropyWithLogits;
import org.adjoint.layers.loss.Loss;

/** Giving back the input: the model's output has the shape of its input. */
public final class Reconstruction implements RecordableTask {
  private final Layer model;
  private final Loss loss;

  /** Creates the task with the binary cross-entropy from logits, the mean over all elements. */
  public Reconstruction(Layer model) {
    this(model, BinaryCrossEntropyWithLogits.mean());
  }

  /** Creates the task with a loss of outputs and inputs. */
  public Reconstruction(Layer model, Loss loss) {
    this.model = model;
    this.loss = loss;
  }

  @Override
  public Network network() {
    return model;
  }

  @Override
  public List<Variable> outputs(Batch batch) {
    return List.of(loss.of(model.forward(Variable.of(batch.x())), batch.x()));
  }
}
