package org.adjoint.kernels;

import org.adjoint.tensor.ArgumentException;

/**
 * The settings of one optimizer step: a rule and its numbers (learning rate, decays, corrections of
 * bias), which may differ from step to step.
 */
public record UpdateStep(UpdateRule rule, double... numbers) {
  /**
   * Creates the settings.
   *
   * @param rule the formula
   * @param numbers one for each number that the rule names; not copied
   * @throws ArgumentException if there are more or less, or one is not finite
   */
  public UpdateStep {
    if (numbers.length != rule.numbers().size()) {
      throw new ArgumentException(
          rule.name(), "numbers", "a list of " + numbers.length, "it takes " + rule.numbers());
    }
    for (int i = 0; i < numbers.length; i++) {
      if (!Double.isFinite(numbers[i])) {
        throw new ArgumentException(
            rule.name(), rule.numbers().get(i), numbers[i], "it must be finite");
      }
    }
  }
}
