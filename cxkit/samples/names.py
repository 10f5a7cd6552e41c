"""Invented customers' names; any likeness to a living person is chance."""

_FIRST = """
    Aaliyah Abigail Adam Agnes Aidan Ailsa Alasdair Alice Amara Amina Amir Andrew Anika Anwen Arjun Arthur Beatrix
    Bethan Bridget Bronwen Callum Camille Catriona Cerys Chidi Clara Conor Daphne Declan Dilys Dominic Edith Eilidh
    Eleri Emeka Esme Ewan Farah Fergus Fiona Florence Freya Gareth Gemma Gwen Hamish Harriet Hassan Heather Hester
    Hugo Imogen Ines Iona Isla Jasper Joan Kavya Keir Kenji Kirsty Lachlan Layla Leila Lorna Lowri Maeve Magnus
    Malcolm Marjorie Matilda Meera Megan Mohan Morag Nadia Nia Niamh Nikhil Olive Oscar Owain Padma Percy Petra
    Philippa Priya Rafe Rhiannon Rhys Rosalind Rowan Ruaridh Rupert Saoirse Seren Shona Silas Sunita Tamsin Tariq
    Thea Tobias Una Uma Wilfred Winifred Yasmin Yusuf Zadie Zara
"""
_LAST = """
    Abernathy Achebe Adeyemi Ainsworth Appleyard Arkwright Ashdown Atherton Baines Bannerji Barrowclough Beckwith
    Bellweather Birtwistle Blackadder Blenkinsop Bowdler Braithwaite Brankin Brocklehurst Buchan Cadwallader
    Calloway Cardew Carruthers Chakrabarti Chatterton Clutterbuck Coldstream Copperfield Cranbourne Crowther
    Culpepper Dalrymple Daneshvar Davenport Dhillon Drinkwater Dunwoody Eastwood Eccleston Elphinstone Entwistle
    Fairweather Farquhar Featherstone Fotheringham Gainsford Galbraith Gillespie Goldsworthy Greenhalgh Gupta
    Halloran Hardcastle Harkness Hathersage Heathcote Higginbotham Holloway Honeychurch Iqbal Jellicoe Kaur Keswick
    Kinnaird Kowalczyk Lanyon Lightbody Littlejohn Llewellyn Lockhart Longstaff Lovelace Macintyre Mainwaring Mbeki
    Merriweather Micklethwaite Moncrieff Mukherjee Nethersole Nightingale Oakenshaw Okonkwo Oldroyd Osei Pargeter
    Pennington Penhaligon Petrov Pomeroy Postlethwaite Prendergast Quayle Rahman Ramsbottom Rasmussen Ravenscroft
    Rosenthal Satterthwaite Scattergood Shuttleworth Sidebottom Silverwood Smallbone Snodgrass Stonehouse Strickland
    Summerscale Sutcliffe Szymanski Tattersall Thistlewood Thornycroft Tiptree Trelawney Umar Underhill Venkatesan
    Wainwright Warburton Weatherby Whitbread Wigglesworth Winterbourne Wolstenholme Woodhouse Yarborough Zielinski
"""

FIRST_NAMES = tuple(_FIRST.split())
LAST_NAMES = tuple(_LAST.split())
