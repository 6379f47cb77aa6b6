package org.adjoint.cuda;

import org.adjoint.kernels.BackendProvider;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * For tests that need a GPU: without one they are reported as skipped, and fail under {@code
 * -Dadjoint.cuda=required}.
 */
final class GpuCondition implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return evaluate(
        new CudaBackendProvider().availability(), System.getProperty("adjoint.cuda", ""));
  }

  static ConditionEvaluationResult evaluate(BackendProvider.Availability gpu, String wanted) {
    return switch (gpu) {
      case BackendProvider.Available a -> ConditionEvaluationResult.enabled(a.description());
      case BackendProvider.Unavailable u when wanted.equals("required") ->
          throw new AssertionError("a GPU is required, but " + u.cause() + "; " + u.remedy());
      case BackendProvider.Unavailable u -> ConditionEvaluationResult.disabled(u.cause());
    };
  }
}
