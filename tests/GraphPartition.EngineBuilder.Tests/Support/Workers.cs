using GraphPartition.EngineBuilder.Builders;

namespace GraphPartition.EngineBuilder.Tests.Support;

/// <summary>Worker processes on a machine whose TensorRT is a mock.</summary>
internal static class Workers
{
    /// <summary>The tool as a worker.</summary>
    /// <param name="failing">What fails in it, as GP_MOCK_FAIL has it.</param>
    /// <param name="variables">Other variables, as NAME=VALUE.</param>
    public static WorkerOptions With(string failing = "", params string[] variables) =>
        new("env", [$"GP_MOCK_FAIL={failing}", .. variables, "dotnet", GpcOnMocks.Library, "engine-worker"]);
}
