package org.adjoint.layers.models;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.layers.Activation;
import org.adjoint.layers.Conv2d;
import org.adjoint.layers.Flatten;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Linear;
import org.adjoint.layers.MaxPool2d;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.tensor.ArgumentException;

/** The models of the workloads and of the course. */
public final class Models {
  private Models() {}

  /** Returns 784-512-256-10 with ReLU; 535,818 parameters. Input [batch, 784]. */
  public static Sequential mlp(Setup setup) {
    return perceptron(setup, 784, 512, 256, 10);
  }

  /** Returns 784-2048-2048-10 with ReLU; 5,824,522 parameters. Input [batch, 784]. */
  public static Sequential mlpFat(Setup setup) {
    return perceptron(setup, 784, 2048, 2048, 10);
  }

  /**
   * Returns fully connected layers of the given sizes with ReLU between them.
   *
   * @param sizes inputs, hidden sizes, outputs; at least two
   * @throws ArgumentException if there are fewer, or one is less than 1
   */
  public static Sequential perceptron(Setup setup, int... sizes) {
    if (sizes.length < 2) {
      throw new ArgumentException(
          "perceptron", "sizes", sizes.length + " numbers", "give inputs, hidden sizes, outputs");
    }
    List<Layer> layers = new ArrayList<>();
    for (int i = 1; i < sizes.length; i++) {
      layers.add(new Linear(setup, sizes[i - 1], sizes[i]));
      if (i < sizes.length - 1) {
        layers.add(Activation.relu());
      }
    }
    return new Sequential(layers.toArray(Layer[]::new));
  }

  /**
   * Returns LeNet-5 (LeCun et al., 1998) with full connections, tanh and max pooling; 61,706
   * parameters. Input [batch, 1, 28, 28], output [batch, 10].
   */
  public static Sequential lenet5(Setup setup) {
    return new Sequential(
        new Conv2d(setup, 1, 6, 5, 2),
        Activation.tanh(),
        new MaxPool2d(2),
        new Conv2d(setup, 6, 16, 5),
        Activation.tanh(),
        new MaxPool2d(2),
        new Flatten(),
        new Linear(setup, 400, 120),
        Activation.tanh(),
        new Linear(setup, 120, 84),
        Activation.tanh(),
        new Linear(setup, 84, 10));
  }

  /** Returns 784-32-784 with a ReLU code; 50,992 parameters. Input and logits [batch, 784]. */
  public static Sequential autoencoder(Setup setup) {
    return perceptron(setup, 784, 32, 784);
  }
}
