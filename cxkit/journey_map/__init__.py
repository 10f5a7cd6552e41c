"""The journey map as tables: everything that the picture shows, made from events, answers and the stages file."""

from cxkit.journey_map.maps import JourneyMap, journey_map, persona_maps

__all__ = ["JourneyMap", "journey_map", "persona_maps"]
