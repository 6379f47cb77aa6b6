/** Stands for a user's code: anomaly reports must name lines of this package. */
@NullMarked
package org.adjoint.example;

import org.jspecify.annotations.NullMarked;
