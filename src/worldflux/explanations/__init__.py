"""What every code means: findings, reasons, flags, missing evidence, statistical methods, errors."""
