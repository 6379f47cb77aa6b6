package org.adjoint.layers.models;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.layers.Activation;
import org.adjoint.layers.BatchNorm;
import org.adjoint.layers.Conv2d;
import org.adjoint.layers.Flatten;
import org.adjoint.layers.GlobalAvgPool;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Linear;
import org.adjoint.layers.MaxPool2d;
import org.adjoint.layers.Residual;
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

  /**
   * Returns the residual network of 20 layers for small images (He et al., 2016, section 4.2), with
   * a 1×1 convolution on the shortcuts that change shape; 272,474 parameters. Input [batch, 3, 32,
   * 32], output [batch, 10].
   */
  public static Sequential resnet20(Setup setup) {
    return resnet(setup, 3, 3, 10);
  }

  /**
   * Returns a residual network for small images: three stages of 16, 32 and 64 channels.
   *
   * @param channels of the input [batch, channels, height, width]
   * @param blocks of a stage, each with two convolutions of 3×3
   * @param classes how many outputs
   * @throws ArgumentException if a number is less than 1
   */
  public static Sequential resnet(Setup setup, int channels, int blocks, int classes) {
    if (blocks < 1) {
      throw new ArgumentException("resnet", "blocks", blocks, "it must be at least 1");
    }
    List<Layer> layers = new ArrayList<>();
    layers.add(convolution(setup, channels, 16, 3, 1));
    layers.add(new BatchNorm(setup, 16));
    layers.add(Activation.relu());
    int width = 16;
    for (int stage = 0; stage < 3; stage++) {
      int out = 16 << stage;
      for (int i = 0; i < blocks; i++) {
        layers.add(residual(setup, width, out, stage > 0 && i == 0 ? 2 : 1));
        layers.add(Activation.relu());
        width = out;
      }
    }
    layers.add(new GlobalAvgPool());
    layers.add(new Linear(setup, width, classes));
    return new Sequential(layers.toArray(Layer[]::new));
  }

  private static Residual residual(Setup setup, int in, int out, int stride) {
    Layer body =
        new Sequential(
            convolution(setup, in, out, 3, stride),
            new BatchNorm(setup, out),
            Activation.relu(),
            convolution(setup, out, out, 3, 1),
            new BatchNorm(setup, out));
    if (stride == 1 && in == out) {
      return new Residual(body);
    }
    return new Residual(
        body, new Sequential(convolution(setup, in, out, 1, stride), new BatchNorm(setup, out)));
  }

  /** A square convolution that halves or keeps the image, without a bias. */
  private static Conv2d convolution(Setup setup, int in, int out, int kernel, int stride) {
    Conv2dSpec spec = Conv2dSpec.of(stride, kernel / 2, 1, 1);
    return new Conv2d(setup, in, out, kernel, kernel, spec, false);
  }

  /**
   * Returns the language model of the workloads: 4 blocks of width 256 with 4 heads, 128 tokens of
   * a vocabulary of 96; 3,241,568 parameters.
   */
  public static Gpt gpt(Setup setup) {
    return new Gpt(setup, 96, 128, 256, 4, 4, 0);
  }

  /** Returns a variational autoencoder 784-400-(20, 20)-400-784; 652,824 parameters. */
  public static Vae vae(Setup setup) {
    return new Vae(setup, 784, 400, 20);
  }

  /**
   * Returns a generator 100-256-512-784 with leaky ReLU (slope 0.2) and tanh at the end, and a
   * discriminator 784-512-256-1.
   */
  public static Gan gan(Setup setup) {
    Layer generator =
        new Sequential(
            new Linear(setup, 100, 256),
            Activation.leakyRelu(0.2),
            new Linear(setup, 256, 512),
            Activation.leakyRelu(0.2),
            new Linear(setup, 512, 784),
            Activation.tanh());
    Layer discriminator =
        new Sequential(
            new Linear(setup, 784, 512),
            Activation.leakyRelu(0.2),
            new Linear(setup, 512, 256),
            Activation.leakyRelu(0.2),
            new Linear(setup, 256, 1));
    return new Gan(setup, generator, discriminator, 100);
  }

  /** Returns two networks 4-128-128-2 with ReLU that learn to balance a pole, discount 0.99. */
  public static DeepQ dqn(Setup setup) {
    return new DeepQ(perceptron(setup, 4, 128, 128, 2), perceptron(setup, 4, 128, 128, 2), 0.99);
  }
}
