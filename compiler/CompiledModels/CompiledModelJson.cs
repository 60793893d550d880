using System.Text.Json.Serialization;

namespace GraphPartition.CompiledModels;

/// <summary>Reads and writes the JSON inside compiled models without reflection.</summary>
[JsonSerializable(typeof(EngineBlob))]
[JsonSerializable(typeof(ImmutableArray<UsedLibrary>))]
[JsonSerializable(typeof(ImmutableArray<InputProfile>))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class CompiledModelJson : JsonSerializerContext;
