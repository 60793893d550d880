global using GraphPartition.Tests.Support;
global using Xunit;
