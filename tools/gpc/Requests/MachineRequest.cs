using GraphPartition.TensorRt.Library;
using Microsoft.Extensions.Logging;

namespace GraphPartition.Gpc.Requests;

/// <summary>Where TensorRT is, which device to use, and how much of TensorRT's log to print.</summary>
/// <param name="Options">Where to look, and the device.</param>
/// <param name="LogFrom">The least severe messages of TensorRT that are printed; null: none.</param>
internal sealed record MachineRequest(MachineOptions Options, LogLevel? LogFrom);
