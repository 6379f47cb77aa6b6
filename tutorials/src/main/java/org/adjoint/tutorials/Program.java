package org.adjoint.tutorials;

import java.util.function.BiFunction;
import java.util.function.Function;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Setup;
import org.adjoint.layers.data.Augmentation;
import org.adjoint.layers.data.Images;
import org.adjoint.layers.data.Mnist;
import org.adjoint.layers.data.RandomShift;
import org.adjoint.layers.init.Initializer;
import org.adjoint.layers.init.Initializers;
import org.adjoint.layers.models.Models;
import org.adjoint.layers.optim.Adam;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.layers.optim.Schedule;
import org.jspecify.annotations.Nullable;

/**
 * A model that the command trains on MNIST, with the settings that did best on 5,000 held-out
 * training digits; the test digits had no part in the choice.
 *
 * @param name what {@code adjoint train} calls it
 * @param summary one line for {@code adjoint list}
 * @param kind what it learns
 * @param epochs default number of epochs
 * @param batch default size of a batch
 * @param rate default learning rate
 * @param schedule how the rate changes
 * @param weights how weights start
 * @param model builds the model
 * @param optimizer makes the optimizer from model and rate
 * @param view brings the digits into the form that the model takes
 * @param augmentation changes training batches at random, made for the training images, or null
 */
record Program(
    String name,
    String summary,
    Kind kind,
    int epochs,
    int batch,
    double rate,
    Schedule schedule,
    Initializer weights,
    Function<Setup, Layer> model,
    BiFunction<Layer, Double, Optimizer> optimizer,
    Function<Mnist, Mnist> view,
    @Nullable Function<Images, Augmentation> augmentation) {

  /** What a program learns. */
  enum Kind {
    /** To name the digit. */
    CLASSIFIER,
    /** To give the picture back through a narrow code. */
    AUTOENCODER
  }

  static final Program MLP =
      new Program(
          "mlp",
          "fully connected 784-512-256-10 with ReLU; names the digits of MNIST",
          Kind.CLASSIFIER,
          8,
          128,
          0.002,
          Schedule.cosine(100),
          Initializers.kaimingUniform(),
          Models::mlp,
          (model, rate) -> Adam.adamW(model, rate, 0.1),
          digits -> digits.standardised().flattened(),
          Program::shifted);

  static final Program LENET5 =
      new Program(
          "lenet5",
          "LeNet-5 (LeCun et al., 1998): two convolutions, three dense layers; names the digits",
          Kind.CLASSIFIER,
          8,
          64,
          0.005,
          Schedule.cosine(200),
          Initializers.xavierUniform(),
          Models::lenet5,
          (model, rate) -> Adam.adamW(model, rate, 0.2),
          Mnist::standardised,
          Program::shifted);

  static final Program AUTOENCODER =
      new Program(
          "autoencoder",
          "784-32-784: squeezes a digit into 32 numbers and draws it again",
          Kind.AUTOENCODER,
          20,
          128,
          0.003,
          Schedule.cosine(50),
          Initializers.xavierUniform(),
          Models::autoencoder,
          Adam::new,
          Mnist::flattened,
          null);

  /** A pixel up, down, left or right teaches that a digit is the same wherever it stands. */
  private static Augmentation shifted(Images images) {
    return new RandomShift(images.height(), images.width(), 1, images.background());
  }
}
